import { parse as parseCsv } from "csv-parse/sync";
import { describe, expect, it } from "vitest";
import { reportCsv, reportJson } from "../../src/report/index.js";
import { escape, genotype, html } from "../../src/report/markup.js";
import { usualMetrics } from "../../src/report/metrics.js";
import { formatNumber, formatSeconds, formatTime, number, powerOfTen } from "../../src/report/numbers.js";
import { metrics } from "../../src/score/metrics.js";
import { makeRun } from "./fixture.js";

describe("numbers for people", () => {
  it.each([
    [0.396317699, "0.3963"],
    [12.345678, "12.35"],
    [1234.5678, "1235"],
    [12345.678, "12\u202F346"],
    [0.00012345, "1.234 × 10⁻⁴"],
    [-0.5, "−0.5000"],
    [0.99999999, "1.000"],
    [9.99996, "10.00"],
    [3e12, "3.000 × 10¹²"],
    [500, "500"],
    [-7, "−7"],
    [1238567, "1\u202F238\u202F567"],
    [0, "0"],
    [NaN, "–"],
    [null, "–"],
    [Infinity, "∞"],
    [-Infinity, "−∞"],
  ])("%s is %s", (value, text) => {
    expect(formatNumber(value)).toBe(text);
  });

  it("keep all digits in the title", () => {
    expect(number(0.1 + 0.2).text).toBe('<span class="number" title="0.30000000000000004">0.3000</span>');
    expect(number(null).text).toBe("–");
  });

  it("cover powers, durations and times", () => {
    expect(powerOfTen(-12)).toBe("10⁻¹²");
    expect([0.345, 12.41, 59.99, 200, 7500, NaN].map(formatSeconds)).toEqual([
      "0.34 s",
      "12.4 s",
      "60.0 s",
      "3 min 20 s",
      "2 h 5 min",
      "–",
    ]);
    expect(formatTime("2026-11-04T04:09:02.123Z")).toBe("4 Nov 2026, 04:09 UTC");
    expect(formatTime("once")).toBe("once");
  });
});

describe("markup", () => {
  it("escapes text and keeps markup", () => {
    expect(escape(`<a b="c" d='e'>&\u0000`)).toBe("&lt;a b=&quot;c&quot; d=&#39;e&#39;&gt;&amp;\uFFFD");
    expect(html`<p>${"<"}${[html`<b>${1}</b>`, ">"]}${null}</p>`.text).toBe("<p>&lt;<b>1</b>&gt;</p>");
    expect(genotype("relu-<b>+elu").text).toBe(
      '<code class="genotype"><span>relu</span><wbr /><span>-&lt;b&gt;</span><wbr /><span>+elu</span><wbr /></code>',
    );
  });
});

describe("the usual metrics", () => {
  it("are the scores' own: same names, directions and use of labels", () => {
    const facts = (infos: typeof usualMetrics): unknown[] =>
      infos.map(({ name, better, usesLabels }) => ({ name, better, usesLabels }));
    expect(facts(usualMetrics)).toEqual(facts(metrics));
  });
});

describe("CSV and JSON", () => {
  const run = makeRun();

  it("CSV holds every row, best first, with all digits", () => {
    const failed = {
      ...run.rows[0],
      genotype: 'a "quoted", name',
      score: null,
      lambdaMin: null,
      failure: "line\nbreak",
    };
    const lines: Record<string, string>[] = parseCsv(reportCsv({ ...run, rows: [failed, ...run.rows] }), {
      columns: true,
    });
    expect(lines.length).toBe(501);
    const sorted = [...run.rows].sort((a, b) => b.score! - a.score!);
    sorted.forEach((row, i) => {
      expect([lines[i].rank, lines[i].genotype]).toEqual([String(i + 1), row.genotype]);
      expect([lines[i].lambdaMin, lines[i].LB, lines[i].UBpair].map(Number)).toEqual([
        row.lambdaMin,
        row.LB,
        row.UBpair,
      ]);
    });
    expect(lines[500]).toMatchObject({ rank: "", genotype: failed.genotype, lambdaMin: "", failure: "line\nbreak" });
    const best = run.artifacts!.top[0];
    expect(Number(lines[0].condition_number)).toBe(best.metrics.condition_number);
    expect(lines[10].condition_number).toBe("");
  });

  it("CSV of nothing is its header", () => {
    expect(reportCsv({ ...run, rows: [], artifacts: null })).toBe(
      "rank,genotype,score,lambdaMin,lambdaMinNormalized,LB,UBpair,residual,failure\r\n",
    );
  });

  it("breaks ties by fewer skips, then by text", () => {
    const rows = ["tanh+relu", "tanh-relu", "relu+relu", "relu-tanh"].map((name) => ({
      ...run.rows[0],
      genotype: name,
    }));
    const order = reportCsv({ ...run, rows, artifacts: null })
      .split("\r\n")
      .slice(1, 5)
      .map((line) => line.split(",")[1]);
    expect(order).toEqual(["relu-tanh", "tanh-relu", "relu+relu", "tanh+relu"]);
  });

  it("JSON holds the whole run", () => {
    const parsed: unknown = JSON.parse(reportJson(run));
    const sorted = [...run.rows].sort((a, b) => b.score! - a.score!);
    expect(parsed).toEqual({ ...run, rows: sorted });
  });
});
