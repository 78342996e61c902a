import { expect, it } from "vitest";
import type { Backend, Task } from "../../src/queue/backend.js";
import { recordedBackend } from "../../src/queue/recorded.js";
import type { ScoredRow } from "../../src/score/types.js";
import { AppError } from "../../src/errors.js";

const row = (genotype: string, score: number): ScoredRow => ({
  ...{ genotype, score, lambdaMin: -0, lambdaMinNormalized: 0.1 + 0.2, trace: NaN, LB: -Infinity, UBpair: Infinity },
  ...{ residual: 5e-324, certified: true },
});

const rows = (genotype: string): Task => ({ kind: "rows", genotypes: [genotype] });
const prime = (genotype: string): Task => ({ kind: "prime", genotypes: [genotype] });

/** Answers later questions first. */
function backwards(): Backend & { readonly asked: string[] } {
  const asked: string[] = [];
  const run = async (task: Task): Promise<unknown> => {
    const [genotype] = (task as { genotypes: readonly string[] }).genotypes;
    asked.push(genotype);
    await new Promise((resolve) => setTimeout(resolve, 30 / asked.length));
    const entry = { weights: Float64Array.of(-0, NaN, 1e308), vector: Float64Array.of(1 / 3) };
    return task.kind === "prime" ? [{ row: row(genotype, Infinity), entry }] : [row(genotype, NaN)];
  };
  return { asked, threads: 2, run: run as Backend["run"], close: () => Promise.resolve() };
}

async function search(backend: Backend): Promise<unknown[]> {
  return Promise.all([backend.run(prime("a")), backend.run(rows("b")), backend.run(rows("c"))]);
}

it("answers from the record what was asked before, bit for bit, and asks on behind it", async () => {
  const first = backwards();
  const recorded = recordedBackend(first, () => undefined);
  const answers = await search(recorded.backend);
  const step = recorded.endStep();
  expect([step.number, step.replayed]).toEqual([0, false]);
  const text = step.reply();

  const second = backwards();
  const repeated = recordedBackend(second, (number) => (number === 0 ? text : undefined));
  const again = await search(repeated.backend);
  expect(again).toStrictEqual(answers); // Object.is for numbers: NaN, -0, infinities
  expect(second.asked).toEqual([]);
  expect(repeated.endStep()).toMatchObject({ number: 0, replayed: true });
  await repeated.backend.run(rows("d"));
  expect(second.asked).toEqual(["d"]);
  expect(repeated.endStep()).toMatchObject({ number: 1, replayed: false });
});

it.each([
  ["{", "no JSON"],
  ["{}", "a list of answers"],
])("refuses a damaged record %s", (text, words) => {
  expect(() => recordedBackend(backwards(), () => text)).toThrow(words);
});

it("refuses a record that holds less than was asked", async () => {
  const recorded = recordedBackend(backwards(), () => "[]");
  await expect(recorded.backend.run(rows("a"))).rejects.toThrow(AppError);
});
