import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { cellNetwork, type CellOperation } from "../../../src/arch/cells.js";
import { nativeKernels } from "../../../src/kernels/finite/engine/native.js";
import { wasmEngine } from "../../../src/kernels/finite/engine/wasm.js";
import type { FiniteEngine } from "../../../src/kernels/finite/engine/engine.js";
import { finiteNtk } from "../../../src/kernels/finite/ntk.js";
import { azNas } from "../../../src/score/measures/az-nas.js";
import { measurePass, relusOf, type Weights } from "../../../src/score/measures/measure-pass.js";
import { mecoScore, modulesOf } from "../../../src/score/measures/meco.js";
import { naswot } from "../../../src/score/measures/naswot.js";
import { spectrumOf } from "../../../src/score/measures/ntk.js";
import { swapScore } from "../../../src/score/measures/swap.js";
import { linearRegions, thinNetwork } from "../../../src/score/measures/te-nas.js";
import { zenReads, zenScore } from "../../../src/score/measures/zen.js";
import { netImages, netParameters, uniform } from "../../support/cell-golden.js";

interface Case {
  readonly ops: CellOperation[];
  readonly naswot: number;
  readonly kappa: number;
  readonly regions: number;
  readonly zen: number;
  readonly meco: number;
  readonly swap: number;
  readonly expressivity: number;
  readonly progressivity: number;
  readonly trainability: number | "-inf";
}

/** Made by test/golden/measures_activation.py: PyTorch, float64. */
const { cases } = JSON.parse(
  readFileSync(new URL("../../golden/measures_activation.json", import.meta.url), "utf8"),
) as { cases: Case[] };

const n = 12;
const side = 8;
const inputs = netImages("images", n, side);
const weights: Weights = (graph) => graph.parameters.map(netParameters);
const repeated: Weights = (graph, repeat) =>
  graph.parameters.map((parameter) => netParameters({ ...parameter, name: `${repeat}.${parameter.name}` }));
const networkOf = ({ ops }: Case) => cellNetwork(ops, { channels: 4, cells: 2, imageSize: side });

// The reference repeats PyTorch's float64. Engines compute in float32: counts of patterns may differ by a few of a thousand
// where a unit is within rounding of zero; spectra and distances are good to about 1e-4.
const engines: { name: string; engine: FiniteEngine | undefined; relative: number; patterns: number }[] = [
  { name: "float64 reference", engine: undefined, relative: 1e-9, patterns: 0 },
  ...[wasmEngine, ...(nativeKernels().engines ?? []).slice(0, 1)].map((engine) => ({
    name: engine.name,
    engine,
    relative: 2e-4,
    patterns: 4,
  })),
];

describe.each(engines)("measures of activations, PyTorch's values by the $name", ({ engine, relative, patterns }) => {
  const settings = { threads: 1, ...(engine && { engine }) };
  const near = (value: number, expected: number): void => {
    expect(Math.abs(value - expected)).toBeLessThanOrEqual(relative * Math.max(1, Math.abs(expected)));
  };

  it.each(engine ? cases.filter((_, index) => index % 2 === 0) : cases)("of $ops", (item) => {
    const network = networkOf(item);
    const relus = relusOf(network);

    const pass = measurePass(settings, network, n, { read: [...relus.keys()] });
    pass.forward(inputs, weights(pass.graph, 0));
    near(naswot(pass, relus), item.naswot);
    expect(Math.abs(swapScore(pass, [...relus.keys()], inputs, repeated, 2) - item.swap)).toBeLessThanOrEqual(patterns);

    const zen = measurePass(settings, network, n, { read: zenReads(network) });
    const pairs = [0, 1].map((k) => [netImages(`zen${k}`, n, side), netImages(`other${k}`, n, side)] as const);
    near(zenScore(zen, network, pairs, repeated), item.zen);

    const one = measurePass(settings, network, 1, { read: [...modulesOf(network).keys()] });
    one.forward(inputs.subarray(0, 3 * side * side), weights(one.graph, 0));
    near(mecoScore(one, network), item.meco);

    const signs = (id: string, count: number) => uniform(`signs.${id}`, count).map(Math.sign);
    const az = azNas(network, inputs, n, weights, signs, (part, read) => measurePass(settings, part, n, { read }));
    near(az.expressivity, item.expressivity);
    near(az.progressivity, item.progressivity);
    if (item.trainability === "-inf") expect(az.trainability).toBe(-Infinity);
    else near(az.trainability, item.trainability);
  });
});

describe("measures of TE-NAS", () => {
  it.each(cases)("have PyTorch's values for $ops", (item) => {
    const thin = thinNetwork(item.ops, 10);
    const relus = [...relusOf(thin).keys()];
    const pass = measurePass({ threads: 1 }, thin, 40, { read: relus });
    const crops = [0, 1, 2].map((k) => uniform(`crops${k}`, 40 * 9));
    expect(linearRegions(pass, relus, crops, weights(pass.graph, 0))).toBe(item.regions);

    const options = { bn: "coupled", output: "sum", parameterisation: "standard", parameters: netParameters } as const;
    const [kernel] = finiteNtk(networkOf(item), { n, inputs }, options).kernels;
    const { cond } = spectrumOf(kernel, n);
    expect(Math.abs(cond / item.kappa - 1)).toBeLessThan(1e-8);
  });
});
