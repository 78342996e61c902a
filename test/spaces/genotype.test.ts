import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { activationFamilies, canonicalActivationName } from "../../src/arch/activations/registry.js";
import type { Architecture } from "../../src/arch/architecture.js";
import { AppError } from "../../src/errors.js";
import { formatGenotype, parseGenotype } from "../../src/spaces/genotype.js";
import { appErrorOf } from "../support/app-error.js";

const errorOf = (text: string): AppError => appErrorOf(() => parseGenotype(text));

/** The text above the caret and the caret's column in it. */
function pointedAt(error: AppError): { line: string; column: number } {
  const lines = error.message.split("\n");
  expect(lines).toHaveLength(3);
  return { line: lines[1].slice(2), column: lines[2].indexOf("^") - 2 };
}

describe("parseGenotype", () => {
  it("reads skips from the joiners", () => {
    expect(parseGenotype("relu-relu+silu")).toEqual({
      kind: "layered",
      layers: [
        { activation: "relu", skip: false },
        { activation: "relu", skip: false },
        { activation: "silu", skip: true },
      ],
    });
  });

  it("keeps signs, points and exponents inside brackets apart from joiners", () => {
    const { layers } = parseGenotype("leaky_relu(1e-1)+leaky_relu(+.25)-leaky_relu(2.E-1)");
    expect(layers.map((layer) => [layer.activation, layer.skip])).toEqual([
      ["leaky_relu(0.1)", false],
      ["leaky_relu(0.25)", true],
      ["leaky_relu(0.2)", false],
    ]);
  });

  it("tolerates blanks around every token", () => {
    expect(parseGenotype("  relu +\ttanh\n- leaky_relu ( 0.2 ) ")).toEqual(parseGenotype("relu+tanh-leaky_relu(0.2)"));
  });

  it.each([
    ["", 0, "at the start", "the end"],
    ["   ", 3, "at the start", "the end"],
    ["+relu", 0, "at the start", '"+"'],
    ["relu-", 5, "after the joiner", "the end"],
    ["relu+-tanh", 5, "after the joiner", '"-"'],
    ["relu++tanh", 5, "after the joiner", '"+"'],
    ["relu tanh", 5, 'expected "+"', '"t"'],
    ["relu*tanh", 4, 'expected "+"', '"*"'],
    ["relu-7", 5, "expected an activation name", '"7"'],
    ["leaky_relu(0.2)(1)", 15, 'expected "+"', '"("'],
    ["relu+leaky_relu(0.2", 15, "not closed", ")"],
    ["leaky_relu(0.2+leaky_relu(1)", 10, "not closed", ")"],
    ["leaky_relu()", 11, "finite number", "nothing"],
    ["leaky_relu(0.2,)", 15, "finite number", "nothing"],
    ["leaky_relu( x1)", 12, "finite number", '"x1"'],
    ["leaky_relu(1e999)", 11, "finite number", '"1e999"'],
    ["leaky_relu(NaN)", 11, "finite number", '"NaN"'],
    ["leaky_relu(Infinity)", 11, "finite number", '"Infinity"'],
    ["tanh-leaky_relu(0.2, 0.3)", 16, "genotype: ", "leaky_relu"],
    ["tanh-relu(0.2)", 10, "genotype: ", "relu"],
    ["tanh-rellu+silu", 5, "unknown activation", '"rellu"'],
  ])("%j fails at %i", (text, position, expected, found) => {
    const error = errorOf(text);
    expect(error.code).toBe("genotype");
    expect(error.details.position).toBe(position);
    expect(error.message).toContain(expected);
    expect(error.message).toContain(found);
    expect(pointedAt(error)).toEqual({ line: text, column: position });
  });

  it("suggests the nearest activation", () => {
    expect(errorOf("relu-sulu").hint).toMatch(/^Did you mean "silu"\?/);
    expect(errorOf("relu-tahn").hint).toMatch(/^Did you mean "tanh"\?/);
    const far = errorOf("relu-qqqqqqqqqqqq").hint;
    expect(far).not.toContain("Did you mean");
    expect(far).toContain("relu");
  });

  it("keeps the message on three lines and the caret under the character, whatever the text", () => {
    const long = `${"relu-".repeat(60)}rellu${"-relu".repeat(60)}`;
    const { line, column } = pointedAt(errorOf(long));
    expect(line.length).toBeLessThan(120);
    expect(line.slice(column)).toMatch(/^rellu-/);
    const broken = pointedAt(errorOf("relu\n+\r\nrellu"));
    expect(broken.line.slice(broken.column)).toBe("rellu");
    const wide = pointedAt(errorOf("\u{1F600}relu"));
    expect(wide.column).toBe(0);
  });

  it("fails only with an AppError, for any text", () => {
    const pieces = fc.constantFrom("relu", "tanh", "leaky_relu", "+", "-", "(", ")", "0.2", ",", " ", "e", "x", "\n");
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          fc.array(pieces).map((parts) => parts.join("")),
        ),
        (text) => {
          try {
            const read = parseGenotype(text);
            expect(parseGenotype(formatGenotype(read))).toEqual(read);
          } catch (error) {
            if (!(error instanceof AppError)) throw error;
            expect(error.code).toBe("genotype");
            expect(error.message.split("\n")).toHaveLength(3);
          }
        },
      ),
      { seed: 1, numRuns: 1000 },
    );
  });
});

describe("formatGenotype", () => {
  const names = fc.oneof(
    fc.constantFrom(...activationFamilies()).map(canonicalActivationName),
    fc.double({ min: 1e-9, max: 0.9, noNaN: true }).map((slope) => canonicalActivationName(`leaky_relu(${slope})`)),
  );
  const architectures: fc.Arbitrary<Architecture> = fc
    .array(fc.record({ activation: names, skip: fc.boolean() }), { minLength: 1, maxLength: 12 })
    .map((layers) => ({
      kind: "layered",
      layers: layers.map((layer, i) => ({ ...layer, skip: i > 0 && layer.skip })),
    }));

  it("is undone by parseGenotype", () => {
    fc.assert(
      fc.property(architectures, (architecture) => {
        expect(parseGenotype(formatGenotype(architecture))).toEqual(architecture);
      }),
      { seed: 2, numRuns: 300 },
    );
  });

  it("gives one text per architecture, blanks and spelling apart", () => {
    const spaced = formatGenotype(parseGenotype(" leaky_relu( 2e-1 ) + relu"));
    expect(spaced).toBe("leaky_relu(0.2)+relu");
  });

  it("refuses an empty architecture and a skip on the first layer", () => {
    expect(() => formatGenotype({ kind: "layered", layers: [] })).toThrow(/at least one hidden layer/);
    expect(() => formatGenotype({ kind: "layered", layers: [{ activation: "relu", skip: true }] })).toThrow(
      /first layer cannot have a skip/,
    );
  });
});
