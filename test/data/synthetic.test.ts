import { describe, expect, it } from "vitest";
import { loadDataset } from "../../src/data/load.js";
import { errorOf } from "./error-of.js";

const norm = (x: Float64Array) => Math.sqrt(x.reduce((sum, value) => sum + value * value, 0));

describe("sphere", () => {
  it("has points of norm 1 that are uniform: second moment I/d within 5 standard errors", async () => {
    const { n, d, inputs, labels } = await loadDataset("sphere:n=4000,d=3,seed=1");
    expect([n, d, labels]).toEqual([4000, 3, undefined]);
    const moment = new Float64Array(9);
    const mean = new Float64Array(3);
    for (let i = 0; i < n; i++) {
      const x = inputs.subarray(3 * i, 3 * i + 3);
      expect(Math.abs(norm(x) - 1)).toBeLessThan(1e-15 * 4);
      for (let a = 0; a < 3; a++) {
        mean[a] += x[a] / n;
        for (let b = 0; b < 3; b++) moment[3 * a + b] += (x[a] * x[b]) / n;
      }
    }
    // Var x_a = 1/3, Var x_a^2 = 1/5 - 1/9, Var x_a x_b = 1/15 on the sphere in R^3.
    const error = (variance: number) => 5 * Math.sqrt(variance / n);
    mean.forEach((value) => expect(Math.abs(value)).toBeLessThan(error(1 / 3)));
    moment.forEach((value, k) => {
      if (k % 4 === 0) expect(Math.abs(value - 1 / 3)).toBeLessThan(error(4 / 45));
      else expect(Math.abs(value)).toBeLessThan(error(1 / 15));
    });
  });

  it("is a function of the seed, and has a limit", async () => {
    const first = await loadDataset("sphere:n=10,d=4,seed=2");
    expect(await loadDataset("sphere:n=10,d=4,seed=2")).toEqual(first);
    expect((await loadDataset("sphere:n=10,d=4,seed=3")).hash).not.toBe(first.hash);
    const cut = await loadDataset("sphere:n=10,d=4,seed=2", { limit: 3 });
    expect(cut.inputs).toEqual(first.inputs.slice(0, 12));
    expect(cut.hash).not.toBe(first.hash);
  });
});

describe("teacher", () => {
  it("has two classes of equal size on the sphere", async () => {
    const data = await loadDataset("teacher:n=100,d=5,seed=7");
    expect(data.classNames).toEqual(["-1", "+1"]);
    expect(data.labels!.reduce((a, b) => a + b, 0)).toBe(50);
    expect(norm(data.inputs.subarray(0, 5))).toBeCloseTo(1, 14);
    expect((await loadDataset("teacher:n=100,d=5,seed=8")).labels).not.toEqual(data.labels);
  });

  it("has labels that follow the point: on the circle they change a few times only", async () => {
    const { n, inputs, labels } = await loadDataset("teacher:n=400,d=2,seed=3");
    const order = Array.from({ length: n }, (_, i) => i).sort(
      (a, b) => Math.atan2(inputs[2 * a + 1], inputs[2 * a]) - Math.atan2(inputs[2 * b + 1], inputs[2 * b]),
    );
    const changes = order.filter((row, k) => labels![row] !== labels![order[(k + 1) % n]]).length;
    // Labels by chance change at 200 of 400 neighbours (standard deviation 10); the teacher is smooth between 64 kinks.
    expect(changes).toBeGreaterThan(0);
    expect(changes).toBeLessThan(60);
  });
});

describe("spirals", () => {
  it("has two arms, one the other turned by pi, with the constant third coordinate", async () => {
    const { n, d, inputs, labels } = await loadDataset("spirals:n=40");
    expect([n, d]).toEqual([40, 3]);
    for (let i = 0; i < n; i += 2) {
      expect([labels![i], labels![i + 1]]).toEqual([0, 1]);
      expect(inputs[3 * i]).toBeCloseTo(-inputs[3 * i + 3], 14);
      expect(inputs[3 * i + 1]).toBeCloseTo(-inputs[3 * i + 4], 14);
      expect([inputs[3 * i + 2], inputs[3 * i + 5]]).toEqual([1, 1]);
      expect(Math.hypot(inputs[3 * i], inputs[3 * i + 1])).toBeCloseTo((i / 2 + 1) / 20, 14);
    }
  });

  it("has noise of the given size", async () => {
    const clean = await loadDataset("spirals:n=2000");
    const noisy = await loadDataset("spirals:n=2000,noise=0.1,seed=4");
    let square = 0;
    clean.inputs.forEach((x, k) => (square += (x - noisy.inputs[k]) ** 2));
    // 4,000 normal numbers: relative standard error of the variance sqrt(2/4000) = 0.022.
    expect(Math.abs(square / 4000 / 0.01 - 1)).toBeLessThan(5 * 0.0224);
  });
});

describe("specs of synthetic data", () => {
  const cases: readonly [spec: string, message: RegExp, hint: RegExp][] = [
    ["sphere:n=3", /d is missing/, /sphere:n=100,d=10/],
    ["sphere", /n is missing/, /sphere:n=100/],
    ["sphere:n=3,d=2,sed=1", /expected n, d, seed, got "sed"/, /seed/],
    ["sphere:n=0,d=2", /n must be an integer of at least 1, got "n=0"/, /sphere/],
    ["sphere:n=2.5,d=2", /n must be an integer/, /sphere/],
    ["sphere:n=2,d", /d must be an integer of at least 1, got "d"/, /sphere/],
    ["sphere:n=2,n=3,d=1", /n is given twice/, /sphere/],
    ["spirals:n=4,noise=-1", /noise must be a number of at least 0/, /spirals/],
    ["spirals:n=4,noise=x", /noise must be a number/, /spirals/],
  ];
  it.each(cases)("%s", async (spec, message, hint) => {
    const error = await errorOf(() => loadDataset(spec));
    expect(error.code).toBe("usage");
    expect(error.message).toMatch(message);
    expect(error.hint).toMatch(hint);
  });

  it("are refused before they fill the memory", async () => {
    for (const spec of ["sphere:n=1000000000,d=100", "teacher:n=1000000000,d=100", "spirals:n=1000000000"]) {
      expect((await errorOf(() => loadDataset(spec))).code).toBe("limit");
    }
  });
});
