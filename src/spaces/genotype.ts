import { activationFamilies, canonicalActivationName } from "../arch/activations/registry.js";
import type { Architecture, Layer } from "../arch/architecture.js";
import { AppError, nearestName } from "../errors.js";
import { genotypeError } from "./genotype-error.js";

const NAME = /[A-Za-z_][A-Za-z0-9_]*/y;
const BLANK = /\s*/y;
const NUMBER = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i;

/**
 * Reads a genotype: hidden activations in order, joined by `+` where the later layer has a skip and by `-` where not;
 * parameters in brackets. Blanks around names, joiners and brackets are allowed; names come out canonical.
 *
 * @throws AppError "genotype" whose message shows the genotype with a caret under the bad character.
 * @example parseGenotype("relu-relu+leaky_relu(.2)") // skips: false, false, true; last activation leaky_relu(0.2)
 */
export function parseGenotype(text: string): Architecture {
  const layers: Layer[] = [];
  let position = match(BLANK, text, 0);
  let skip = false;
  for (;;) {
    const token = readActivation(text, position, layers.length === 0);
    layers.push({ activation: token.name, skip });
    position = token.end;
    if (position === text.length) return { kind: "layered", layers };
    const joiner = text[position];
    if (joiner !== "+" && joiner !== "-") {
      throw genotypeError(
        text,
        position,
        `genotype: expected "+" (the next layer has a skip) or "-" (it has none), found ${quoted(text, position)}`,
      );
    }
    skip = joiner === "+";
    position = match(BLANK, text, position + 1);
  }
}

/**
 * The canonical genotype of an architecture; `parseGenotype` reads it back.
 *
 * @throws AppError "genotype" for no layer, a skip on the first layer, or an unknown activation.
 */
export function formatGenotype(architecture: Architecture): string {
  const { layers } = architecture;
  if (layers.length === 0) throw new AppError("genotype", "genotype: expected at least one hidden layer, found none");
  if (layers[0].skip) {
    throw new AppError("genotype", "genotype: the first layer cannot have a skip, since its input has another width", {
      hint: "Skips are possible from the second hidden layer on.",
    });
  }
  return joinLayers(
    layers.map((layer) => ({ activation: canonicalActivationName(layer.activation), skip: layer.skip })),
  );
}

/** The genotype of layers whose names are canonical already. */
export function joinLayers(layers: readonly Layer[]): string {
  let genotype = "";
  for (let i = 0; i < layers.length; i++) {
    genotype += (i === 0 ? "" : layers[i].skip ? "+" : "-") + layers[i].activation;
  }
  return genotype;
}

interface Token {
  readonly name: string;
  /** First position after the token and its blanks. */
  readonly end: number;
}

function readActivation(text: string, start: number, first: boolean): Token {
  const nameEnd = match(NAME, text, start);
  if (nameEnd === start) {
    const where = first ? "at the start" : "after the joiner";
    throw genotypeError(
      text,
      start,
      `genotype: expected an activation name ${where}, found ${quoted(text, start)}`,
      `Known activations: ${activationFamilies().join(", ")}.`,
    );
  }
  const family = text.slice(start, nameEnd);
  const bracket = match(BLANK, text, nameEnd);
  if (text[bracket] !== "(") return { name: canonical(text, family, family, start, start), end: bracket };

  const close = bracketEnd(text, bracket);
  const parameters = readParameters(text, bracket + 1, close);
  const name = canonical(text, family, `${family}(${parameters.join(",")})`, start, bracket + 1);
  return { name, end: match(BLANK, text, close + 1) };
}

function bracketEnd(text: string, open: number): number {
  const close = text.indexOf(")", open);
  const nested = text.indexOf("(", open + 1);
  if (close === -1 || (nested !== -1 && nested < close)) {
    throw genotypeError(text, open, 'genotype: this bracket is not closed, expected ")" after the parameters');
  }
  return close;
}

function readParameters(text: string, start: number, end: number): string[] {
  let position = start;
  return text
    .slice(start, end)
    .split(",")
    .map((part) => {
      const at = Math.min(match(BLANK, text, position), end);
      position += part.length + 1;
      const parameter = part.trim();
      if (!NUMBER.test(parameter) || !Number.isFinite(Number(parameter))) {
        const found = parameter === "" ? "nothing" : `"${parameter}"`;
        throw genotypeError(text, at, `genotype: expected a finite number as parameter, found ${found}`);
      }
      return parameter;
    });
}

/** The canonical name of a token; `namePosition` and `parameterPosition` say where to point when it has none. */
function canonical(
  text: string,
  family: string,
  token: string,
  namePosition: number,
  parameterPosition: number,
): string {
  try {
    return canonicalActivationName(token);
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
    if (!isKnown(family)) {
      const families = activationFamilies();
      const nearest = nearestName(family, families);
      throw genotypeError(
        text,
        namePosition,
        `genotype: unknown activation "${family}"`,
        `${nearest === undefined ? "" : `Did you mean "${nearest}"? `}Known activations: ${families.join(", ")}.`,
      );
    }
    throw genotypeError(text, parameterPosition, `genotype: ${error.message}`, error.hint);
  }
}

/** Whether the name alone, an alias included, is an activation. */
function isKnown(family: string): boolean {
  try {
    return canonicalActivationName(family) !== "";
  } catch {
    return false;
  }
}

const quoted = (text: string, position: number): string =>
  position >= text.length ? "the end" : `"${String.fromCodePoint(text.codePointAt(position) ?? 0)}"`;

/** End of the match of a sticky pattern at `position`, or `position` itself. */
function match(pattern: RegExp, text: string, position: number): number {
  pattern.lastIndex = position;
  const found = pattern.exec(text);
  return found === null ? position : position + found[0].length;
}
