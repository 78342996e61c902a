import { describe, expect, it } from "vitest";
import { rng } from "../../src/rng.js";
import {
  supernetGradient,
  supernetParameters,
  trainSupernet,
  type SupernetEpoch,
  type SupernetOptions,
} from "../../src/train/supernet.js";

const options: SupernetOptions = {
  ...{ activations: ["tanh", "silu", "sigmoid"], depth: 4, width: 6, outputs: 3, epochs: 6, batch: 16 },
  ...{ weightRate: 0.01, choiceRate: 0.05, mode: "joint", seed: 1, skips: true },
};

function made(n: number, teacher: (a: number, b: number) => number) {
  const random = rng("supernet data");
  const inputs = Float64Array.from({ length: n * 2 }, () => 2 * random.normal());
  return { n, inputs, targets: Float64Array.from({ length: n }, (_, i) => teacher(inputs[2 * i], inputs[2 * i + 1])) };
}

describe("supernet", () => {
  it("has the gradients of finite differences, choices and skips included", () => {
    const random = rng("rows");
    const set = {
      n: 5,
      inputs: Float64Array.from({ length: 20 }, () => random.normal()),
      labels: Int32Array.from([0, 1, 2, 1, 0]),
    };
    const rows = Int32Array.from([4, 2, 0, 1, 3]);
    const parameters = supernetParameters(options, 4);
    [parameters.alpha, parameters.beta].forEach((array) => array.forEach((_, i) => (array[i] = random.normal())));
    const lossAt = (): number => supernetGradient(options, parameters, set, rows, "cross-entropy").loss;
    const { gradient } = supernetGradient(options, parameters, set, rows, "cross-entropy");
    const pairs = [
      ...parameters.weights.map((array, l) => [array, gradient.weights[l]] as const),
      [parameters.alpha, gradient.alpha] as const,
      [parameters.beta, gradient.beta] as const,
    ];
    for (const [array, slopes] of pairs) {
      expect(slopes).toHaveLength(array.length);
      for (let at = 0; at < array.length; at += 2) {
        const [step, original] = [1e-5, array[at]];
        array[at] = original + step;
        const above = lossAt();
        array[at] = original - step;
        const below = lossAt();
        array[at] = original;
        expect(Math.abs((above - below) / (2 * step) - slopes[at])).toBeLessThan(1e-8);
      }
    }
    expect(gradient.beta[0]).toBe(0);
    expect(gradient.beta[1]).not.toBe(0);
  });

  for (const mode of ["joint", "alternating"] as const)
    it(`puts its weight on the activation that made the data (${mode})`, () => {
      const set = made(160, (a, b) => Math.sin(1.5 * a + b));
      const validation = made(80, (a, b) => Math.sin(1.5 * a + b));
      const given = {
        ...options,
        activations: ["sin", "sigmoid"],
        depth: 2,
        width: 24,
        outputs: 1,
        weightRate: 0.03,
        choiceRate: 0.1,
        epochs: 15,
        batch: 40,
        mode,
      };
      const trained = (): Omit<SupernetEpoch, "snapshot">[] =>
        [...trainSupernet({ train: set, validation }, given)].map(({ epoch, loss, layers }) => ({
          epoch,
          loss,
          layers,
        }));
      const epochs = trained();
      expect(epochs).toHaveLength(15);
      expect(epochs[14].loss).toBeLessThan(0.5 * epochs[0].loss);
      const [{ activations, skip }] = epochs[14].layers;
      expect(activations[0] + activations[1]).toBeCloseTo(1, 12);
      expect(activations[0]).toBeGreaterThan(0.65);
      expect(skip).toBeUndefined();
      expect(trained()).toEqual(epochs);
    });

  for (const mode of ["joint", "alternating"] as const)
    it(`gives the same bytes after a stop at any epoch (${mode})`, () => {
      const data = { train: made(50, Math.hypot), validation: made(30, Math.hypot) };
      const given = { ...options, outputs: 1, epochs: 4, mode };
      const whole = [...trainSupernet(data, given)].map(({ snapshot, ...epoch }) => ({ ...epoch, bytes: snapshot() }));
      for (const stop of [1, 3, 4]) {
        let snapshot: Uint8Array | undefined;
        for (const event of trainSupernet(data, given)) if (event.epoch === stop) snapshot = event.snapshot();
        const rest = [...trainSupernet(data, given, snapshot)].map(({ epoch, loss, layers }) => ({
          epoch,
          loss,
          layers,
        }));
        expect(rest).toEqual(whole.slice(stop - 1).map(({ epoch, loss, layers }) => ({ epoch, loss, layers })));
      }
      const other = (): unknown => [...trainSupernet(data, { ...given, width: 7 }, whole[0].bytes)];
      expect(other).toThrow(/another training/);
    });

  it("refuses what makes no sense", () => {
    const set = made(20, (a) => a);
    const run = (changes: Partial<SupernetOptions>) => () => [
      ...trainSupernet({ train: set }, { ...options, outputs: 1, ...changes }),
    ];
    expect(run({ depth: 1 })).toThrow(/depth/);
    expect(run({ activations: ["relu"] })).toThrow(/two activations/);
    expect(run({ mode: "alternating" })).toThrow(/validation/);
    expect(run({ batch: 0 })).toThrow(/batch is an integer/);
    expect(run({ choiceRate: NaN })).toThrow(/rates are numbers above 0/);
    expect(run({ weightRate: 1e300 })).toThrow(/diverges/);
  });
});
