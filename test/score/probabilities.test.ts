import { describe, expect, it } from "vitest";
import { rng } from "../../src/rng.js";
import { calibrate, classScores, logLoss, softmax, winners } from "../../src/score/probabilities.js";

describe("probabilities of class scores", () => {
  it("two classes are one column and its opposite: softmax is the logistic function of 2 beta f", () => {
    const scores = classScores([Float64Array.of(-1, 0.25)]);
    const p = softmax(scores, 1.5);
    expect(p[1]).toBeCloseTo(1 / (1 + Math.exp(3)), 14);
    expect(p[3]).toBeCloseTo(1 / (1 + Math.exp(-0.75)), 14);
    expect([...winners(scores)]).toEqual([0, 1]);
    expect(logLoss(scores, Int32Array.of(0, 1), 1.5)).toBeCloseTo(
      (Math.log(1 + Math.exp(-3)) + Math.log(1 + Math.exp(-0.75))) / 2,
      14,
    );
  });

  it("recovers the temperature of labels drawn from it, where the derivative of the loss vanishes", () => {
    const generator = rng("temperature");
    const columns = [0, 1, 2].map(() => Float64Array.from({ length: 4000 }, () => generator.normal()));
    const scores = classScores(columns);
    const p = softmax(scores, 2);
    const labels = Int32Array.from({ length: 4000 }, (_, i) => {
      const u = generator.uniform();
      return u < p[3 * i] ? 0 : u < p[3 * i] + p[3 * i + 1] ? 1 : 2;
    });
    const { beta, loss } = calibrate(scores, labels);
    expect(Math.abs(beta - 2)).toBeLessThan(0.15); // standard error 0.05
    expect(loss).toBe(logLoss(scores, labels, beta));
    // d loss / d beta = mean of E_p[f] - f_label
    const q = softmax(scores, beta);
    let slope = 0;
    labels.forEach((label, i) => {
      for (let c = 0; c < 3; c++) slope += (q[3 * i + c] - (c === label ? 1 : 0)) * columns[c][i];
    });
    expect(Math.abs(slope / 4000)).toBeLessThan(1e-6);
  });

  it("useless scores give equal probabilities, separated ones the greatest factor", () => {
    const wrong = classScores([Float64Array.of(1, -1)]);
    expect(calibrate(wrong, Int32Array.of(0, 1)).beta).toBeCloseTo(0, 5);
    expect(calibrate(wrong, Int32Array.of(1, 0)).beta).toBeGreaterThan(15); // the loss is flat there
  });
});
