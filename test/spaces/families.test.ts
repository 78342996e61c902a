import { describe, expect, it } from "vitest";
import { customSpace, fcnSpace, makeSpace, parseCustomSpace, resnetSpace } from "../../src/spaces/index.js";
import { appErrorOf as errorOf } from "../support/app-error.js";

const five = ["relu", "tanh", "sigmoid", "linear", "leaky_relu"];

describe("fcnSpace", () => {
  // docs/theory.md 1.2: |A|^(L-1) 2^(L-2), with five activations 50, 500, 5,000, 50,000 at depths 3 to 6.
  it.each([
    [3, 50n],
    [4, 500n],
    [5, 5_000n],
    [6, 50_000n],
  ])("has the size of the paper's space at depth %i", (depth, size) => {
    expect(fcnSpace({ depth, activations: five }).size).toBe(size);
  });

  it("adds up a range of depths", () => {
    expect(fcnSpace({ depth: [3, 6], activations: five }).size).toBe(55_550n);
    expect(fcnSpace({ depth: [2, 3], activations: ["relu"] }).size).toBe(3n);
  });

  it("fixes skips when asked", () => {
    expect([...fcnSpace({ depth: 3, activations: ["relu", "tanh"], skips: "on" }).enumerate()]).toEqual([
      "relu+relu",
      "relu+tanh",
      "tanh+relu",
      "tanh+tanh",
    ]);
    expect(fcnSpace({ depth: 6, activations: five, skips: "off" }).size).toBe(3125n);
  });

  it("limits skips: a sum of binomials", () => {
    // Depth 6, one activation: C(4,0) + C(4,1) + C(4,2).
    expect(fcnSpace({ depth: 6, activations: ["relu"], maxSkips: 2 }).size).toBe(11n);
  });

  it("merges the same activation in two spellings", () => {
    const space = fcnSpace({ depth: 2, activations: ["leaky_relu(0.2)", "relu", " leaky_relu( 2e-1)", "relu"] });
    expect([...space.enumerate()]).toEqual(["leaky_relu(0.2)", "relu"]);
  });

  it("describes itself", () => {
    expect(fcnSpace({ depth: [3, 6], activations: ["relu", "tanh"], maxSkips: 2 }).description).toBe(
      "depth 3 to 6; activations relu, tanh; skips searched, at most 2 per network",
    );
    expect(fcnSpace({ depth: 4, activations: ["relu"], skips: "off" }).description).toBe(
      "depth 4; activation relu; no skips",
    );
    expect(resnetSpace({ depth: 4, activations: ["relu"] }).description).toBe(
      "depth 4; activation relu; every skip on",
    );
  });

  it("refuses bad options", () => {
    expect(errorOf(() => fcnSpace({ depth: 1, activations: ["relu"] }))).toMatchObject({
      code: "space",
      message: expect.stringContaining("depth counts the output layer, so the least is 2"),
    });
    expect(errorOf(() => fcnSpace({ depth: [6, 3], activations: ["relu"] })).message).toContain("got 6 to 3");
    expect(errorOf(() => fcnSpace({ depth: 3, activations: [] })).message).toContain("at least one activation");
    expect(errorOf(() => fcnSpace({ depth: 3, activations: ["rellu"] })).code).toBe("genotype");
    expect(errorOf(() => fcnSpace({ depth: 100_000, activations: ["relu"] })).message).toContain("from 2 to 256");
    expect(errorOf(() => fcnSpace({ depth: 4, activations: ["relu"], skips: "on", maxSkips: 1 })).message).toContain(
      "at depth 4 layers 2, 3 must have a skip, but at most 1",
    );
  });
});

describe("resnetSpace", () => {
  it("searches activations only, with every skip on", () => {
    const space = resnetSpace({ depth: [2, 4], activations: ["relu", "tanh"] });
    expect(space.size).toBe(2n + 4n + 8n);
    for (const genotype of space.enumerate()) expect(genotype).not.toContain("-");
  });
});

describe("makeSpace", () => {
  it("makes the ready-made spaces", () => {
    const options = { depth: 4, activations: ["relu", "tanh"] };
    expect(makeSpace("fcn", options).spec).toEqual(fcnSpace(options).spec);
    expect(makeSpace("resnet", options).spec).toEqual(resnetSpace(options).spec);
  });

  it("suggests the nearest id", () => {
    const error = errorOf(() => makeSpace("resnt", { depth: 3, activations: ["relu"] }));
    expect(error).toMatchObject({ code: "space", hint: 'Did you mean "resnet"?' });
  });

  it("refuses options that resnet would have to ignore", () => {
    const base = { depth: 4, activations: ["relu"] };
    expect(errorOf(() => makeSpace("resnet", { ...base, skips: "off" })).code).toBe("space");
    expect(errorOf(() => makeSpace("resnet", { ...base, maxSkips: 1 })).code).toBe("space");
  });
});

describe("customSpace", () => {
  const definition = {
    name: "mine",
    depth: [3, 5],
    activations: ["relu", "tanh", "linear"],
    skips: "search",
    maxSkips: 2,
    layers: { "1": { activations: ["relu"] }, "3": { activation: "tanh", skip: true } },
  };

  it("follows its constraints", () => {
    const space = customSpace(definition);
    expect(space.id).toBe("mine");
    const free = [...fcnSpace({ depth: [3, 5], activations: ["relu", "tanh", "linear"], maxSkips: 2 }).enumerate()];
    const expected = free.filter((genotype) => {
      const layers = genotype.split(/(?=[+-])/);
      return layers[0] === "relu" && (layers.length < 3 || layers[2] === "+tanh");
    });
    expect([...space.enumerate()]).toEqual(expected);
  });

  it("knows all three kinds of skips", () => {
    const small = { name: "s", depth: 4, activations: ["relu"] };
    expect(customSpace(small).size).toBe(4n);
    expect([...customSpace({ ...small, skips: "all" }).enumerate()]).toEqual(["relu+relu+relu"]);
    expect([...customSpace({ ...small, skips: "none" }).enumerate()]).toEqual(["relu-relu-relu"]);
  });

  it("reads a text", () => {
    expect(parseCustomSpace(JSON.stringify(definition), "mine.json").size).toBe(customSpace(definition).size);
    expect(errorOf(() => parseCustomSpace("{", "mine.json"))).toMatchObject({
      code: "space",
      message: expect.stringMatching(/^mine\.json: expected JSON/),
    });
  });

  it.each([
    [{ ...definition, deph: 3 }, "deph", 'Did you mean "depth"?'],
    [{ ...definition, depth: "six" }, "f.json: depth: expected an integer or", undefined],
    [{ ...definition, depth: 1 }, "f.json: depth 1: depth counts the output layer", undefined],
    [{ ...definition, activations: [] }, "f.json: activations: expected at least one activation", undefined],
    [{ ...definition, activations: ["rellu"] }, "rellu", undefined],
    [{ ...definition, skips: "some" }, "f.json: skips:", undefined],
    [{ ...definition, maxSkips: -1 }, "f.json: maxSkips: expected an integer of at least 0", undefined],
    [{ ...definition, layers: { "0": {} } }, "f.json: layers.0:", undefined],
    [{ ...definition, layers: { "9": {} } }, "f.json: layers.9: expected a hidden layer from 1 to 4, got 9", undefined],
    [{ ...definition, layers: { "1": { skip: true } } }, "f.json: layers.1.skip: the first layer", undefined],
    [{ ...definition, layers: { "2": { activation: 3 } } }, "f.json: layers.2.activation:", undefined],
    [{ ...definition, layers: { "2": { skipp: true } } }, "f.json: layers.2:", 'Did you mean "skip"?'],
    [
      { ...definition, layers: { "2": { activation: "relu", activations: ["linear"] } } },
      "f.json: layers.2:",
      undefined,
    ],
    [{ ...definition, depth: 4, maxSkips: 0 }, "at depth 4 layers 3 must have a skip, but at most 0", undefined],
    [[], "f.json: ", undefined],
  ])("refuses %j", (bad, message, hint) => {
    const error = errorOf(() => customSpace(bad, "f.json"));
    expect(error.code).toBe("space");
    expect(error.message).toContain(message);
    if (hint !== undefined) expect(error.hint).toBe(hint);
  });
});
