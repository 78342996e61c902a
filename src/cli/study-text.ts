import type { StudySettings } from "../study/split-record.js";
import { tableSkills, type StudySummary, type TableResults } from "../study/summary.js";
import type { StudyOutcome } from "./study-run.js";

const shownMethods = [
  "loo_error",
  "log_evidence",
  "lambda_min",
  "relu depth 3",
  "random",
  "linear",
  "nearest",
] as const;

/** A study as Markdown: methods by mean rank, tables one by one, what was skipped. */
export function studyText(
  { results, skipped }: StudyOutcome,
  summary: StudySummary | null,
  settings: StudySettings,
): string {
  const left = skipped.map(({ table, reason }) => `- skipped ${table}: ${reason}\n`).join("");
  if (summary === null) return `No table could be studied.\n${left}`;
  const { pool, mostTrain } = settings;
  const { statistic, freedom, p } = summary.friedman;
  return [
    `${summary.tables} tables, ${results[0].records.length} splits each, ${pool.size} networks of depth ${pool.depths.join(" to ")}, at most ${mostTrain} rows learnt from.\n`,
    "Skill is the share of the trivial prediction's error that is removed: R2, or the same of wrong classes. ",
    `p: signed-rank test against ${summary.reference} over tables, corrected by Holm.\n\n`,
    markdown(
      ["method", "mean rank", "mean skill", "better / equal / worse tables", "p", "tau"],
      summary.methods.map(({ method, rank, skill, against, p: value }) => [
        method,
        rank.toFixed(2),
        skill.toFixed(3),
        value === null ? "" : against.join(" / "),
        value === null ? "" : value.toPrecision(2),
        summary.agreement[method]?.toFixed(2) ?? "",
      ]),
    ),
    `\nFriedman: chi2 = ${statistic.toFixed(1)} with ${freedom} degrees of freedom, p = ${p.toPrecision(2)}. `,
    `The best network of the pool, known only afterwards, has skill ${summary.hindsight.toFixed(3)}.\n\n`,
    tableRows(results),
    left === "" ? "" : `\n${left}`,
  ].join("");
}

function tableRows(results: readonly TableResults[]): string {
  return markdown(
    ["table", "target", "rows learnt / tested", ...shownMethods],
    results.map((result) => {
      const [first] = result.records;
      const skills = tableSkills(result);
      return [
        result.table,
        first.kind === "classes" ? `${first.classes} classes` : "number",
        `${first.train} / ${first.test}`,
        ...shownMethods.map((name) => skills[name].toFixed(3)),
      ];
    }),
  );
}

const markdown = (head: readonly string[], rows: readonly (readonly string[])[]): string =>
  [head, head.map(() => "---"), ...rows].map((cells) => `| ${cells.join(" | ")} |\n`).join("");
