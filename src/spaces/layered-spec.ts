import { canonicalActivationName } from "../arch/activations/registry.js";
import { AppError } from "../errors.js";
import type { DepthSpec, LayerChoice, SpaceSpec } from "./space.js";

/** Above this a count table would not fit in memory any more, and no kernel of such depth is of use. */
const maximalDepth = 256;

/**
 * A specification in canonical form: depths ascending, activation names canonical, equal choices merged.
 *
 * @throws AppError "space" for a depth below 2, a depth given twice, a layer without a choice, a skip on layer 1.
 */
export function normalizeSpec(spec: SpaceSpec): SpaceSpec {
  if (spec.depths.length === 0)
    throw new AppError("space", `space "${spec.id}": expected at least one depth, got none`);
  const depths = spec.depths.map((depth) => normalizeDepth(spec.id, depth)).sort((a, b) => a.depth - b.depth);
  for (let i = 1; i < depths.length; i++) {
    if (depths[i].depth === depths[i - 1].depth) {
      throw new AppError("space", `space "${spec.id}": depth ${depths[i].depth} is given twice`);
    }
  }
  return { id: spec.id, depths };
}

/** @throws AppError "space" unless `depth` is an integer in [2, 256]. */
function checkDepth(depth: number): void {
  if (Number.isInteger(depth) && depth < 2) {
    throw new AppError("space", `depth ${depth}: depth counts the output layer, so the least is 2`, {
      hint: "Depth 2 is one hidden layer and the output layer.",
      details: { depth },
    });
  }
  if (!Number.isInteger(depth) || depth > maximalDepth) {
    throw new AppError("space", `depth: expected an integer from 2 to ${maximalDepth}, got ${depth}`, {
      hint: "Deeper kernels are constant to rounding; depths of 2 to 12 tell networks apart best.",
      details: { depth },
    });
  }
}

/** The depths of `depth` (one number) or of a range [least, greatest]. @throws AppError "space" for an empty range. */
export function depthsOf(depth: number | readonly [number, number]): number[] {
  const [least, greatest] = typeof depth === "number" ? [depth, depth] : depth;
  checkDepth(least);
  checkDepth(greatest);
  if (least > greatest) {
    throw new AppError("space", `depth: expected the least first, got ${least} to ${greatest}`, {
      hint: `Write ${greatest}-${least} (in a space file [${greatest}, ${least}]).`,
    });
  }
  return Array.from({ length: greatest - least + 1 }, (_, i) => least + i);
}

/** Canonical names, each once, in the order given. @throws AppError "space" for none, "genotype" for an unknown name. */
export function activationSet(names: readonly string[], what = "activations"): string[] {
  if (names.length === 0) throw new AppError("space", `${what}: expected at least one activation, got none`);
  return [...new Set(names.map(canonicalActivationName))];
}

/** One line for people: depth range, activations, skips. */
export function describeSpec(spec: SpaceSpec): string {
  const least = spec.depths[0].depth;
  const greatest = spec.depths[spec.depths.length - 1].depth;
  const layers = spec.depths.flatMap((depth) => depth.choices);
  const names = [...new Set(layers.flat().map((choice) => choice.activation))];
  const sameEverywhere = layers.every((options) => names.every((name) => options.some((o) => o.activation === name)));
  return [
    least === greatest ? `depth ${least}` : `depth ${least} to ${greatest}`,
    `${names.length === 1 ? "activation" : "activations"} ${names.join(", ")}${sameEverywhere ? "" : " (not all on every layer)"}`,
    describeSkips(spec),
  ].join("; ");
}

function describeSkips(spec: SpaceSpec): string {
  const kinds = spec.depths.flatMap((depth) => depth.choices.slice(1).map(skipKind));
  const possible = Math.max(...spec.depths.map((depth) => depth.choices.slice(1).filter(maySkip).length));
  const allowed = Math.max(...spec.depths.map((depth) => depth.maxSkips));
  if (possible === 0 || allowed === 0) return "no skips";
  const limit = allowed < possible ? `, at most ${allowed} per network` : "";
  if (kinds.every((kind) => kind === "on")) return `every skip on${limit}`;
  if (kinds.every((kind) => kind === "both")) return `skips searched${limit}`;
  if (kinds.every((kind) => kind !== "both")) return "skips fixed layer by layer";
  return `skips searched, fixed on some layers${limit}`;
}

const maySkip = (options: readonly LayerChoice[]): boolean => options.some((choice) => choice.skip);

function skipKind(options: readonly LayerChoice[]): "on" | "off" | "both" {
  if (!maySkip(options)) return "off";
  return options.every((choice) => choice.skip) ? "on" : "both";
}

function normalizeDepth(id: string, spec: DepthSpec): DepthSpec {
  checkDepth(spec.depth);
  const hidden = spec.depth - 1;
  if (spec.choices.length !== hidden) {
    throw new AppError(
      "space",
      `space "${id}", depth ${spec.depth}: expected choices for ${hidden} hidden layers, got ${spec.choices.length}`,
    );
  }
  if (!Number.isInteger(spec.maxSkips) || spec.maxSkips < 0) {
    throw new AppError("space", `space "${id}": maxSkips: expected an integer of at least 0, got ${spec.maxSkips}`);
  }
  const choices = spec.choices.map((options, i) => normalizeLayer(`space "${id}", layer ${i + 1}`, options, i === 0));
  return { depth: spec.depth, choices, maxSkips: Math.min(spec.maxSkips, hidden - 1) };
}

function normalizeLayer(where: string, options: readonly LayerChoice[], first: boolean): LayerChoice[] {
  if (options.length === 0) throw new AppError("space", `${where}: expected at least one choice, got none`);
  if (first && maySkip(options)) {
    throw new AppError("space", `${where}: the first layer cannot have a skip, since its input has another width`);
  }
  const merged = new Map<string, LayerChoice>();
  for (const choice of options) {
    const layer = { activation: canonicalActivationName(choice.activation), skip: choice.skip };
    const key = `${layer.skip}${layer.activation}`;
    if (!merged.has(key)) merged.set(key, layer);
  }
  return [...merged.values()];
}
