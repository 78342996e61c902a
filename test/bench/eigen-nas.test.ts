import { describe, expect, it } from "vitest";
import { answersOf, validationOf, type AnswerTable } from "../../src/bench/answers.js";
import { cellDraws, eigenNas, oracleSearch, randomSearch } from "../../src/bench/eigen-nas.js";
import { paretoFront } from "../../src/bench/pareto.js";

const size = 50;
const every = Int32Array.from({ length: size }, (_, index) => index);
const test = Float64Array.from(every, (index) => 50 + index);
const protocol = { draws: 20, top: 5, repeats: 200, seed: 3 };

const validation = (accuracy: Float64Array) => ({
  column: "made",
  accuracy,
  seconds: new Float64Array(size).fill(10),
});

describe("eigenNas", () => {
  it("with a perfect score and without validation is the best of the draw", () => {
    const task = { score: test, allowed: every, test, validation: undefined, secondsPerCell: 0.5 };
    const found = eigenNas(task, protocol);
    const oracle = oracleSearch(task, protocol);
    expect(found.accuracies).toEqual(oracle.accuracies);
    expect(found).toMatchObject({ trained: 0, scoringSeconds: 10, trainingSeconds: 0 });
    // The best of 20 of the numbers 0..49 without replacement has the mean (20 / 21) 51 - 1 = 47.571 and variance 4.76.
    expect(found.mean).toBeCloseTo(50 + (20 / 21) * 51 - 1, 0);
    expect(found.std).toBeGreaterThan(1);
    expect(found.std).toBeLessThan(4);
  });

  it("picks among the k best by validation, and counts their training", () => {
    const against = test.map((value) => -value);
    const found = eigenNas(
      { score: test, allowed: every, test, validation: validation(against), secondsPerCell: 0 },
      protocol,
    );
    const draw = cellDraws(every, protocol);
    const fifth = found.accuracies.map(
      (_, repeat) => Array.from(draw(repeat), (i) => test[i]).sort((a, b) => b - a)[4],
    );
    expect(found.accuracies).toEqual(fifth);
    expect(found).toMatchObject({ trained: 5, trainingSeconds: 50 });
  });

  it("draws allowed cells only, each once, the same for the same key", () => {
    const allowed = every.filter((index) => index % 2 === 1);
    const draw = cellDraws(allowed, protocol)(7);
    expect(new Set(draw).size).toBe(20);
    expect(draw.every((index) => index % 2 === 1)).toBe(true);
    expect(cellDraws(allowed, protocol)(7)).toEqual(draw);
    expect(cellDraws(allowed, protocol)(8)).not.toEqual(draw);
    expect(cellDraws(allowed.slice(0, 4), protocol)(0).toSorted()).toEqual(allowed.slice(0, 4));
  });

  it("breaks ties by the smaller index and ranks cells without a score last", () => {
    const score = new Float64Array(size).fill(1);
    score[0] = NaN;
    const all = { draws: size, top: 1, repeats: 1, seed: 0 };
    expect(eigenNas({ score, allowed: every, test, validation: undefined, secondsPerCell: 0 }, all).mean).toBe(51);
  });

  it("never draws a cell whose answer is not known", () => {
    const partly = test.map((value, index) => (index < 40 ? value : NaN));
    expect(oracleSearch({ allowed: every, test: partly }, { ...protocol, draws: size }).mean).toBe(89);
  });
});

describe("randomSearch", () => {
  it("trains as many cells as the budget pays, and at least one", () => {
    const task = { allowed: every, test, validation: validation(test) };
    expect(randomSearch(task, protocol, 79, 5)).toMatchObject({ trained: 7, trainingSeconds: 70 });
    expect(randomSearch(task, protocol, 1, 5).trained).toBe(1);
    expect(randomSearch(task, protocol, NaN, 5).trained).toBe(5);
    expect(randomSearch(task, protocol, 1e9, 5).accuracies).toEqual(oracleSearch(task, protocol).accuracies);
    const one = randomSearch({ ...task, validation: undefined }, protocol, 0, 5);
    expect(one.trained).toBe(0);
    // One cell of 0..49 at random: mean 24.5, standard deviation 14.4; 200 repeats give the mean to 1.02.
    expect(Math.abs(one.mean - 74.5)).toBeLessThan(4);
  });
});

describe("answers of a table", () => {
  const table = (columns: Record<string, number[]>): AnswerTable => ({
    indices: Int32Array.of(3, 0),
    column: (name) => (name in columns ? Float64Array.from(columns[name]) : undefined),
  });

  it("are by index, for the data sets that the table has", () => {
    const answers = answersOf(table({ c10_test: [90, 80], in16_valtest: [30, NaN], c100_test: [NaN, NaN] }), 4);
    expect(answers).toEqual([
      { id: "c10", column: "c10_test", test: Float64Array.of(80, NaN, NaN, 90) },
      { id: "in16", column: "in16_valtest", test: Float64Array.of(NaN, NaN, NaN, 30) },
    ]);
  });

  it("give validation and its seconds, 12 epochs as a share of 200, CIFAR-10's where there is no other", () => {
    const made = table({ c10v_valid_e12: [60, 50], train_s_c10v: [2000, 1000], c100_valid: [70, 60] });
    expect(validationOf(made, "c10", "e12", 4)).toEqual({
      column: "c10v_valid_e12",
      accuracy: Float64Array.of(50, NaN, NaN, 60),
      seconds: Float64Array.of(60, NaN, NaN, 120),
    });
    expect(validationOf(made, "in16", "e12", 4)!.column).toBe("c10v_valid_e12");
    expect(validationOf(made, "c10", "e200", 4)).toBeUndefined();
    expect(validationOf(made, "c100", "e200", 4)!.seconds).toEqual(new Float64Array(4).fill(NaN));
  });
});

describe("paretoFront", () => {
  it("is what no other cell is better than", () => {
    const values = [
      [1, 9],
      [2, 8],
      [2, 7],
      [5, 5],
      [4, 5],
      [9, 1],
      [9, 1],
      [NaN, 20],
    ];
    const objectives = [0, 1].map((k) => ({ name: String(k), values: Float64Array.from(values, (pair) => pair[k]) }));
    const cells = Int32Array.from(values, (_, index) => index);
    const naive = [...cells].filter(
      (i) =>
        !Number.isNaN(values[i][0]) &&
        !values.some(
          (other, j) =>
            j !== i &&
            other[0] >= values[i][0] &&
            other[1] >= values[i][1] &&
            (j < i || other[0] > values[i][0] || other[1] > values[i][1]),
        ),
    );
    expect(paretoFront(cells, objectives)).toEqual([5, 3, 1, 0]);
    expect(paretoFront(cells, objectives).toSorted()).toEqual(naive);
    expect(paretoFront(cells, [objectives[0]])).toEqual([5]);
  });
});
