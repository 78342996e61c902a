import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { ScoredArchitecture } from "../../src/score/types.js";
import type { BatchReport } from "../../src/data/index.js";
import { fivePoints, Workshop } from "./support.js";

type Scored = ScoredArchitecture & {
  readonly batch: BatchReport;
  readonly kernel?: readonly (readonly number[])[];
  readonly spectrum?: readonly number[];
};

const workshop = new Workshop();
beforeAll(() => workshop.write("five.csv", `${fivePoints}\n`));
afterAll(() => workshop.close());

const data = ["--data", "csv:five.csv", "--no-header"];

/** docs/theory.md 5, c1 = c = 1, nine decimals as printed there: two independent programs agree to 1e-14. */
const golden = [
  ["relu-relu-relu", 0.5, 0.321789924, 0.099079425, 0.012073221, 0.017365962, 0.178210076],
  ["relu+relu+relu", 3.986733528, 3.07466052, 0.375340552, 0.108658992, 0.156293659, 0.912073009],
  ["sigmoid-leaky_relu(0.2)+gelu", 0.501525372, 0.471230768, 0.007264371, 0.000055671, 0.000055671, 0.030294604],
  ["tanh-tanh-tanh-tanh", 0.703105669, 0.519760345, 0.018460719, 0.00572464, 0.005724814, 0.183345324],
] as const;

/** Half a unit of the last printed digit. */
const printed = 5.01e-10;

describe("score", () => {
  it.each(golden)("prints the golden numbers of %s", async (genotype, diagonal, next, least, LB, LBmat, UBpair) => {
    const flags = [...data, "--c1", "1", "--c", "1"];
    const item = (await workshop.json("score", genotype, ...flags, "--kernel", "--spectrum")) as Scored;
    expect(item.genotype).toBe(genotype);
    expect(Math.abs(item.lambdaMin - least)).toBeLessThan(printed);
    expect(Math.abs(item.bounds.LB - LB)).toBeLessThan(printed);
    expect(Math.abs(item.bounds.UBpair - UBpair)).toBeLessThan(printed);
    expect(Math.abs(item.bounds.LBmat - LBmat)).toBeLessThan(printed);
    for (const value of Object.values(item.bounds)) expect(typeof value).toBe("number");
    expect(item.bounds.UBdiag).toBeCloseTo(diagonal, 8);
    expect(item.trace).toBeCloseTo(5 * diagonal, 7);
    expect(item.lambdaMinNormalized).toBeCloseTo(item.lambdaMin / (item.trace / 5), 14);
    expect(Math.abs(item.kernel![0][0] - diagonal)).toBeLessThan(printed);
    expect(Math.abs(item.kernel![0][1] - next)).toBeLessThan(printed);
    expect(item.kernel!.map((row) => row.length)).toEqual([5, 5, 5, 5, 5]);
    expect(item.spectrum![0]).toBeCloseTo(item.lambdaMin, 12);
    expect(item.batch).toMatchObject({ samples: 5, rowsInData: 5, normalize: "unit" });

    const theory = (await workshop.json("bounds", genotype, ...flags)) as { bounds: ScoredArchitecture["bounds"] };
    expect(Math.abs(theory.bounds.LBmat - LBmat)).toBeLessThan(printed);
  });

  it("takes the constants of --preset, and single ones over it", async () => {
    const of = async (...flags: string[]): Promise<number> =>
      ((await workshop.json("score", "relu-relu-relu", ...data, ...flags)) as Scored).lambdaMin;
    // docs/theory.md 5, c1 = 1, c = 2 and c = 1
    expect(await of()).toBeCloseTo(0.396317699, 9);
    expect(await of("--preset", "lecun")).toBeCloseTo(0.099079425, 9);
    expect(await of("--preset", "he", "--c", "1")).toBeCloseTo(0.099079425, 9);
    // co multiplies the kernel
    expect(await of("--co", "3")).toBeCloseTo(3 * 0.396317699, 8);
  });

  it("drops the cross terms with --paper-style", async () => {
    const flags = [...data, "--c", "1", "--paper-style"];
    const item = (await workshop.json("score", "relu+relu+relu", ...flags)) as Scored;
    expect(item.lambdaMin).toBeCloseTo(0.37677, 5); // docs/theory.md 5, last lines
  });

  it("keeps the order of the file: row i of the kernel is line i", async () => {
    workshop.write("order.csv", "3,0\n0,2\n1,1\n");
    const item = (await workshop.json("score", "linear", "--data", "csv:order.csv", "--kernel")) as Scored;
    // one linear layer: Theta = 2 x'y at unit norm (docs/theory.md 2, sanity identities)
    const r = Math.SQRT2;
    const expected = [2, 0, r, 0, 2, r, r, r, 2];
    item.kernel!.flat().forEach((value, i) => expect(value).toBeCloseTo(expected[i], 12));
  });

  it("gives one object for one genotype and a list for several", async () => {
    const many = (await workshop.json("score", "relu", "tanh", ...data)) as { results: Scored[] };
    expect(many.results.map(({ genotype }) => genotype)).toEqual(["relu", "tanh"]);
    const one = (await workshop.json("score", "tanh", ...data)) as Scored;
    expect(one.lambdaMin).toBeCloseTo(many.results[1].lambdaMin, 13);
    expect(one).not.toHaveProperty("kernel");
    expect(one).not.toHaveProperty("spectrum");
  });

  it("prints a card with bounds in ascending order around lambda_min", async () => {
    const { code, out, err } = await workshop.run("score", "relu-relu+tanh", ...data);
    expect(code).toBe(0);
    expect(err).toBe("");
    const section = out.slice(out.indexOf("Bounds of"), out.indexOf("metric"));
    const names = [...section.matchAll(/^ {2}(LB\w*|λmin|UB\w+) /gm)].map((match) => match[1]);
    expect(names).toContain("λmin");
    expect(names.indexOf("LB")).toBeLessThan(names.indexOf("λmin"));
    expect(names.indexOf("λmin")).toBeLessThan(names.indexOf("UBpair"));
    expect(out).toContain("no eigenvalue lies below");
    expect(out).toMatch(/loo_error\s+-\s+lower\s+used/);
  });
});

describe("bounds", () => {
  it("says which assumptions fail on the data", async () => {
    workshop.write("opposite.csv", "1,0\n-1,0\n0,1\n");
    const theory = (await workshop.json("bounds", "tanh", "--data", "csv:opposite.csv")) as {
      assumptions: { text: string; holds: boolean | null }[];
    };
    expect(theory.assumptions).toContainEqual({ text: "no two inputs are antipodal", holds: false });
    expect(theory.assumptions).toContainEqual({ text: "no two inputs are parallel", holds: true });
  });

  it("has gamma1 below gamma2 and the rate 2 lambda_min, for two classes", async () => {
    const theory = (await workshop.json("bounds", "relu+relu", "--data", "spirals:n=24")) as {
      lambdaMin: number;
      convergence: { rate: number };
      generalization: { gamma1: number; gamma2: number; vacuous: boolean; errorBound: number }[];
    };
    expect(theory.convergence.rate).toBe(2 * theory.lambdaMin);
    expect(theory.generalization).toHaveLength(1);
    const [{ gamma1, gamma2, vacuous, errorBound }] = theory.generalization;
    expect(gamma1).toBeLessThanOrEqual(gamma2);
    expect(vacuous).toBe(errorBound > 1);
  });

  it("prints every bound with its formula, and why generalization is not known without labels", async () => {
    const { code, out } = await workshop.run("bounds", "relu-relu", ...data);
    expect(code).toBe(0);
    for (const name of ["LB", "LB1", "LBmat", "LBlay", "NNGP", "UBdiag", "UBpair"]) expect(out).toContain(` ${name} `);
    expect(out).toContain("Not known: the data has no labels");
  });
});
