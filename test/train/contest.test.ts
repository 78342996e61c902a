import { describe, expect, it } from "vitest";
import { rng } from "../../src/rng.js";
import { judgeContest, overSeeds, verdictText, type Contested } from "../../src/train/contest.js";

const made = (figure: (k: number) => number): Contested[] =>
  Array.from({ length: 12 }, (_, k) => ({
    name: `n${k}`,
    group: k < 5 ? "top" : k < 10 ? "random" : "plain",
    score: 12 - k,
    figures: [figure(k) - 0.01, figure(k) + 0.01],
  }));

it("gives equal values no error, whatever the rounding; one value, and none, have no error at all", () => {
  const value = 18 / 37; // a third of three times that is another double
  expect(overSeeds([value, value, value])).toEqual({ mean: value, standardError: 0 });
  expect(overSeeds([1, 2, 6])).toEqual({ mean: 3, standardError: expect.closeTo(Math.sqrt(7 / 3), 14) as number });
  expect(overSeeds([0.5])).toEqual({ mean: 0.5, standardError: NaN });
  expect(overSeeds([]).mean).toBeNaN();
  expect(overSeeds([0.5, NaN]).mean).toBeNaN();
});

describe("judgeContest", () => {
  it("finds a score that is right, wrong or not decided", () => {
    const right = judgeContest(
      made((k) => 0.9 - 0.01 * k),
      rng("a"),
    );
    expect(right.rho.value).toBeCloseTo(1, 12);
    expect(right.first).toEqual({ mean: expect.closeTo(0.9, 12) as number, place: 1 });
    expect(right.topAgainstRandom.value).toBeCloseTo(0.05, 12);
    expect(verdictText(right, "s")).toMatch(/^The score was right/);
    const wrong = judgeContest(
      made((k) => 0.5 + 0.01 * k),
      rng("a"),
    );
    expect(wrong.first!.place).toBe(12);
    expect(verdictText(wrong, "s")).toMatch(/^The score was wrong/);
    const random = rng("figures");
    expect(
      verdictText(
        judgeContest(
          made(() => random.uniform()),
          rng("a"),
        ),
        "s",
      ),
    ).toMatch(/^Not decided/);
  });

  it("puts failed trainings last and leaves them out of the judgement", () => {
    const networks = made((k) => 0.9 - 0.01 * k).map((item, k) => (k === 0 ? { ...item, figures: [0.95, NaN] } : item));
    const verdict = judgeContest(networks, rng("a"));
    expect(verdict.networks.at(-1)!.name).toBe("n0");
    expect(verdict.ranked).toBe(11);
    expect(verdict.first).toBeUndefined();
    expect(verdict.networks[0].standardError).toBeCloseTo(0.01, 12);
  });
});
