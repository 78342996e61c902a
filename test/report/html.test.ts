import { describe, expect, it } from "vitest";
import { renderReport } from "../../src/report/index.js";
import type { Run } from "../../src/store/types.js";
import { makeArtifacts, makeFinite, makeProtocol, makeRun, makeTrained } from "./fixture.js";
import { type Page, type PageElement, all, parse, textOf } from "./page.js";

const run = makeRun();
const page = parse(renderReport(run));
const artifacts = run.artifacts!;
const sections = (root: Page): (string | null)[] => all(root, "main > section").map((part) => part.getAttribute("id"));

/** The full values of a table row, read from the hover text where a number was rounded. */
const valuesOf = (row: PageElement): string[] =>
  all(row, "td").map((cell) => cell.querySelector("[title]")?.getAttribute("title") ?? cell.textContent.trim());

describe("a report", () => {
  it("has every section in the order in which it is read", () => {
    const expected = ["headline", "ranking", "choices", "landscape", "baselines", "winner", "protocol", "reading"];
    expect(sections(page)).toEqual(expected);
    expect(all(page, "figure").map((figure) => figure.getAttribute("id"))).toEqual(
      ["network", "figure-parallel", "figure-effects", "figure-rank"].concat([
        "figure-baselines",
        "figure-depth",
        "figure-spectrum",
        "figure-kernel",
      ]),
    );
  });

  it("loads nothing from anywhere", () => {
    const html = renderReport(run);
    expect(html.match(/https?:\/\//)).toBeNull();
    expect(html.match(/<(link|img|iframe|object|embed)\b|\bsrc=|@import|url\((?!#)/i)).toBeNull();
    expect(html.match(/\b(undefined|NaN|\[object)/)).toBeNull();
  });

  it("shows the best at a finite width when the run has them", () => {
    const finite = makeFinite(artifacts);
    const html = renderReport({ ...run, artifacts: { ...artifacts, finite: finite.slice(0, 9) } });
    const root = parse(html);
    expect(sections(root)[6]).toBe("finite");
    expect(textOf(root, "#finite")).toContain("every hidden layer 512 wide, 5 draws of the weights each");
    const rows = all(root, "#finite tbody tr");
    expect(valuesOf(rows[0])).toEqual(
      [1, artifacts.top[0].lambdaMin, finite[0].lambdaMin.mean, finite[0].lambdaMin.standardError]
        .concat(0.9, finite[0].certificate!.mean)
        .map(String),
    );
    expect(valuesOf(rows[9])).toEqual(["10", String(artifacts.top[9].lambdaMin), "overflows at this width"]);
    expect(textOf(root, "#finite .warnings")).toContain("below 10 n = 640");
    expect(html.match(/\b(undefined|NaN|\[object)/)).toBeNull();
  });

  it("shows what training told of it: the choice, curves and verdict", () => {
    const { choice, training } = makeTrained(artifacts);
    const html = renderReport({ ...run, artifacts: { ...artifacts, choice, training } });
    expect(html.match(/\b(undefined|NaN|\[object)/)).toBeNull();
    const root = parse(html);
    expect(sections(root).slice(-3)).toEqual(["trained", "protocol", "reading"]);
    const text = textOf(root, "#trained");
    expect(text).toContain(
      `Training prefers ${choice.chosen}, number 2 by score, to the first by score: 90 against 85 (accuracy, %, rows held out)`,
    );
    expect(text).toContain("Too few networks.");
    expect(all(root, "#trained ul.warnings li").map(({ textContent }) => textContent)).toEqual([
      `${choice.chosen}, seed 1: diverged`,
    ]);
    expect(all(root, "#trained figure").map((figure) => figure.getAttribute("id"))).toEqual([
      ...["figure-contest", "figure-losses"],
    ]);
    const [chosen, studied] = all(root, "#trained table").map((table) => all(table, "tbody tr").map(valuesOf));
    expect(chosen.map(([place]) => place)).toEqual(["2", "1", "3"]);
    expect(chosen[2].slice(1)).toEqual(["–", "–"]);
    expect(studied.map(([group]) => group)).toEqual(["best by score", "random choice", "best by score"]);
    const alone = parse(renderReport({ ...run, artifacts: { ...artifacts, choice: { ...choice, changed: false } } }));
    expect(textOf(alone, "#trained")).toContain("Training keeps the choice of the score");
    expect(all(alone, "#trained figure")).toEqual([]);
  });

  it("says in its protocol by which engine and in which numbers finite widths were computed", () => {
    const finite = makeFinite(artifacts).map((score, i) =>
      i < 2
        ? { ...score, engine: "native-avx2", precision: "float32" as const, notes: [] }
        : {
            ...score,
            engine: "reference",
            precision: "float64" as const,
            notes: ["float32 overflows in this network"],
          },
    );
    const protocol = textOf(parse(renderReport({ ...run, artifacts: { ...artifacts, finite } })), "#protocol");
    expect(protocol).toMatch(/Finite width.*width\s*512\s*draws of the weights\s*5/s);
    expect(protocol).toMatch(/engine\s*native-avx2, reference/);
    expect(protocol).toMatch(/precision\s*float32; sums, kernels and eigenvalues float64, float64/);
    expect(protocol).toContain("float32 overflows in this network");
    expect(textOf(parse(renderReport(run)), "#protocol")).not.toContain("Finite width");
  });

  it("has balanced elements", () => {
    const html = renderReport({ ...run, artifacts: { ...artifacts, finite: makeFinite(artifacts) } }).replace(
      /<(style|script)>[\s\S]*?<\/\1>/g,
      "",
    );
    for (const name of [
      "div",
      "section",
      "figure",
      "table",
      "tr",
      "td",
      "th",
      "dl",
      "dd",
      "svg",
      "g",
      "ul",
      "li",
      "p",
    ]) {
      const opened = html.match(new RegExp(`<${name}(?=[\\s>])[^>]*(?<!/)>`, "g"))?.length;
      expect([name, html.match(new RegExp(`</${name}>`, "g"))?.length]).toEqual([name, opened]);
    }
  });

  it("names the winner, its numbers and what was searched", () => {
    const best = artifacts.top[0];
    expect(textOf(page, "h1")).toBe(best.genotype);
    expect(all(page, "#headline .tiles [title]").map((number) => number.getAttribute("title"))).toEqual(
      [best.lambdaMin, best.bounds.LB, best.bounds.UBpair, best.lambdaMinNormalized].map(String),
    );
    expect(textOf(page, "#headline .tiles")).toContain("500 solved, 0 skipped by bound");
    const plain = Math.max(...artifacts.baselines.filter((point) => point.depth === 4).map((point) => point.lambdaMin));
    expect(textOf(page, "#headline")).toContain(`${(best.lambdaMin / plain).toFixed(2)} × that of the best plain`);
    const median = artifacts.randomChoice!.lambdaMin[2];
    expect(textOf(page, "#headline")).toContain(`${(best.lambdaMin / median).toFixed(2)} × the median of a random`);
  });

  it("claims an exact top-k only when the run proved it", () => {
    expect(textOf(page, "#headline")).toContain("Exact top-10 of the whole space");
    const other = parse(renderReport({ ...run, exactTopK: false }));
    expect(other.querySelector("body")?.textContent).not.toMatch(/exact top-10/i);
    expect(textOf(other, "#headline")).toContain("not proved best of the space");
  });

  it("says how many were skipped by bound", () => {
    const skipping = parse(renderReport({ ...run, evaluated: 73, skippedByBound: 4927 }));
    expect(textOf(skipping, "#headline")).toContain("73 solved, 4927 skipped by bound");
    expect(textOf(skipping, "#headline p:last-of-type, #headline")).toContain("proved not to be among the best");
    expect(textOf(skipping, "#figure-rank figcaption")).toContain("4927 architectures skipped by bound are not drawn");
  });

  it("ranks with the run's numbers, raw and normalised side by side", () => {
    const rows = all(page, "#ranking tbody tr");
    expect(rows.length).toBe(artifacts.top.length);
    rows.forEach((row, i) => {
      const item = artifacts.top[i];
      expect(textOf(row, "th")).toBe(item.genotype);
      expect(valuesOf(row).slice(0, 8)).toEqual(
        [i + 1, 4, item.lambdaMin, item.lambdaMinNormalized, item.bounds.LB, item.bounds.UBpair, item.trace]
          .concat(item.metrics.condition_number ?? NaN)
          .map(String),
      );
    });
    const headings = all(page, "#ranking thead th").map((cell) => cell.textContent.replace(/\s+/g, " ").trim());
    expect(headings.slice(0, 5)).toEqual(["#", "genotype", "depth", "λmin ↑", "λmin/(tr/n) ↑"]);
    expect(headings).toContain("cond ↓");
    expect(headings).toContain("LOO error ↓uses labels");
    expect(headings.filter((heading) => heading.includes("uses labels")).length).toBe(3);
  });

  it("has the score that ranks beside the names", () => {
    const score = { name: "loo_error", better: "lower", usesLabels: true } as const;
    const root = parse(renderReport({ ...run, protocol: makeProtocol({ score }) }));
    const headings = all(root, "#ranking thead th").map((cell) => cell.textContent.replace(/\s+/g, " ").trim());
    expect(headings.slice(0, 4)).toEqual(["#", "genotype", "LOO error ↓uses labels", "depth"]);
    expect(headings.filter((heading) => heading.startsWith("LOO error"))).toHaveLength(1);
    const row = all(root, "#ranking tbody tr")[0];
    expect(row.querySelector("td.sorted")!.textContent).toBe(all(row, "td")[1].textContent);
    expect(valuesOf(row)[1]).toBe(String(artifacts.top[0].metrics.loo_error));
  });

  it("leaves out columns that no network has, and describes metrics by the table it is given", () => {
    const rows = artifacts.top.map((item) => ({ ...item, metrics: { loo_error: null, novelty: 3, made_up: 4 } }));
    const metrics = [
      {
        name: "novelty",
        label: "nov.",
        better: "lower",
        usesLabels: true,
        description: "Told by the caller.",
      } as const,
    ];
    const html = renderReport({ ...run, artifacts: { ...artifacts, top: rows } }, { metrics });
    const headings = all(parse(html), "#ranking thead th").map((cell) => cell.textContent.replace(/\s+/g, " ").trim());
    expect(headings.slice(-2)).toEqual(["nov. ↓uses labels", "made up"]);
    expect(html).toContain('title="Told by the caller."');
  });

  it("prints every field of the protocol", () => {
    const card = textOf(page, "#protocol");
    const { batch, ...rest } = run.protocol;
    const words = [
      batch.dataSpec,
      batch.dataHash,
      batch.batchHash,
      ...batch.notes,
      batch.normalize,
      "70\u202F000".trim(),
    ];
    words.push(rest.version, rest.command, rest.engine, rest.solver, rest.precision, rest.strategy.name, run.id);
    words.push(run.createdAt, rest.space.id, rest.space.description, "rows 1204 and 58821", "0.987650");
    words.push("leaky_relu(0.2)", "duplicates removed", "antipodal pairs", "zero rows removed", "gaussian", "scalar");
    for (const word of words) expect(card.replace(/\s+/g, " ")).toContain(word.replace(/\s+/g, " "));
  });

  it("gives every figure a text alternative and a caption", () => {
    for (const figure of all(page, "figure")) {
      expect(textOf(figure, "figcaption").length).toBeGreaterThan(20);
      const images = all(figure, '.scroll > svg[role="img"]');
      const several: Record<string, number> = { "figure-depth": 4, "figure-effects": 3 };
      expect(images.length).toBe(several[figure.getAttribute("id")!] ?? 1);
      for (const image of images) expect(image.getAttribute("aria-label")?.length).toBeGreaterThan(20);
    }
    expect(page.querySelector("#network svg")?.getAttribute("aria-label")).toContain("with a skip");
  });

  it("says what must not be read into the numbers", () => {
    const reading = textOf(page, "#reading");
    expect(reading).toContain("rewards the scale of the output");
    expect(reading).toContain("trainability");
    expect(reading).not.toContain("Paper-style");
    const model = { ...run.protocol.model, crossTerms: false };
    const paper = parse(renderReport({ ...run, protocol: makeProtocol({ model }) }));
    expect(textOf(paper, "#reading")).toContain("Monte Carlo over random networks refutes it");
  });

  it("follows the system's light or dark, and can be switched", () => {
    const style = textOf(page, "style");
    expect(style).toContain("prefers-color-scheme: dark");
    expect(style).toContain('[data-theme="dark"]');
    expect(style).toContain("@media print");
    const used = new Set(renderReport(run).match(/var\(--[a-z0-9-]+\)/g));
    for (const variable of used) {
      const name = variable.slice(4, -1);
      if (name !== "--block" && name !== "--plot-background") expect(style).toContain(`${name}:`);
    }
  });
});

describe("a report of hostile text", () => {
  const evil = `<img src=x onerror="alert('1')">&amp;`;
  it("prints it as text everywhere", () => {
    const rows = run.rows.map((row, i) => ({
      ...row,
      genotype: i === 0 ? evil : row.genotype,
      failure: i === 1 ? evil : null,
    }));
    const protocol = makeProtocol({
      command: evil,
      version: evil,
      engine: evil,
      batch: { ...run.protocol.batch, dataSpec: evil, notes: [evil] },
      space: { ...run.protocol.space, description: evil },
      score: { ...run.protocol.score, name: evil },
    });
    const hostile: Run = {
      ...run,
      id: evil,
      protocol,
      rows,
      artifacts: {
        ...artifacts,
        top: [{ ...artifacts.top[0], genotype: evil, warnings: [evil], metrics: { [evil]: 1 } }],
        winner: {
          ...artifacts.winner!,
          genotype: evil,
          kernel: { ...artifacts.winner!.kernel, classes: artifacts.winner!.kernel.classes!.map(() => evil) },
          layers: [{ activation: evil, skip: false, variance: 1, diagonalShare: 0.5 }],
        },
        baselines: artifacts.baselines.map((point) => ({ ...point, activation: evil, genotype: evil })),
      },
    };
    const html = renderReport(hostile);
    const parsed = parse(html);
    expect(all(parsed, "img").length).toBe(0);
    expect(html.replace(/aria-label="[^"]*"/g, "").match(/<img/i)).toBeNull(); // within quotes it is text
    expect(all(parsed, "[onerror]").length).toBe(0);
    expect(textOf(parsed, "h1")).toBe(evil);
    expect(textOf(parsed, "#ranking .warnings")).toContain(evil);
    expect(textOf(parsed, "#protocol")).toContain(evil);
  });
});

describe("a report of an unfinished or poor run", () => {
  const finite = (html: string): void => {
    expect(html.match(/\b(undefined|NaN|\[object)/)).toBeNull();
    expect(html.match(/(?:d|x|y|cx|cy|width|height|transform)="[^"]*(?:Infinity|null)/)).toBeNull();
  };

  it("without rows says so", () => {
    const failed: Run = { ...run, rows: [], artifacts: null, status: "failed", evaluated: 0, exactTopK: false };
    const html = renderReport(failed);
    finite(html);
    expect(sections(parse(html))).toEqual(["headline", "ranking", "protocol", "reading"]);
    expect(textOf(parse(html), "#headline")).toContain("Failed before its end");
    expect(textOf(parse(html), "#ranking")).toContain("nothing to rank");
  });

  it("where every evaluation failed tells the first reason", () => {
    const rows = run.rows.map((row) => ({
      ...row,
      score: null,
      lambdaMin: null,
      failure: `overflow of ${row.genotype}`,
    }));
    const parsed = parse(renderReport({ ...run, rows, artifacts: null, exactTopK: false }));
    expect(textOf(parsed, "#headline")).toContain(`All 500 evaluations failed. The first reason: ${rows[0].failure}`);
  });

  it("that was interrupted ranks its rows", () => {
    const html = renderReport({ ...run, artifacts: null, status: "interrupted", exactTopK: false });
    finite(html);
    const parsed = parse(html);
    expect(sections(parsed)).toEqual(["headline", "ranking", "choices", "landscape", "protocol", "reading"]);
    expect(textOf(parsed, "#headline")).toContain("Interrupted before its end");
    const best = [...run.rows].sort((a, b) => b.score! - a.score!).slice(0, 20);
    expect(all(parsed, "#ranking tbody tr").map((row) => [textOf(row, "th"), ...valuesOf(row)])).toEqual(
      best.map((row, i) =>
        [row.genotype, i + 1, row.lambdaMin, row.lambdaMinNormalized, row.LB, row.UBpair].map(String),
      ),
    );
  });

  it("ranks ascending when a lower score is better, and shows the score", () => {
    const score = { name: "condition_number", better: "lower", usesLabels: false } as const;
    const rows = run.rows.map((row, i) => ({ ...row, score: 1000 - i }));
    const parsed = parse(renderReport({ ...run, rows, artifacts: null, protocol: makeProtocol({ score }) }));
    const first = all(parsed, "#ranking tbody tr")[0];
    expect(textOf(first, "th")).toBe(rows[499].genotype);
    expect(textOf(first, "td.sorted")).toBe("501");
    expect(textOf(parsed, "#ranking thead")).toContain("cond");
  });

  it("of one singular network draws zero and negative eigenvalues at the lower edge", () => {
    const rows = [{ ...run.rows[0], lambdaMin: 0, score: 0, LB: 0, UBpair: 0.3 }];
    const made = makeArtifacts(rows, false);
    const winner = {
      ...made.winner!,
      spectrum: [-1e-17, 0, 0.2, 3],
      kernel: { size: 2, values: [1, 1, 1, 1], classes: null },
    };
    const html = renderReport({
      ...run,
      rows,
      artifacts: { ...made, baselines: [], randomChoice: null, winner },
    });
    finite(html);
    const parsed = parse(html);
    expect(sections(parsed)).toEqual([
      ...["headline", "ranking", "choices", "landscape", "winner", "protocol", "reading"],
    ]);
    expect(textOf(parsed, "#figure-rank figcaption")).toContain("1 of them");
    expect(textOf(parsed, "#figure-spectrum figcaption")).toContain("2 of them are zero to rounding");
    expect(textOf(parsed, "#ranking tbody")).toContain("–");
  });

  it("with NaN in its artifacts stays drawable", () => {
    const odd: Run = {
      ...run,
      artifacts: {
        ...artifacts,
        top: artifacts.top.map((item) => ({ ...item, trace: NaN, bounds: { ...item.bounds, LB: NaN } })),
        baselines: artifacts.baselines.map((point) => ({ ...point, LB: NaN, UBpair: NaN, lambdaMinNormalized: NaN })),
        winner: {
          ...artifacts.winner!,
          spectrum: artifacts.winner!.spectrum.map((value, i) => (i === 3 ? NaN : value)),
        },
      },
    };
    finite(renderReport(odd));
  });

  it("still running, with a long genotype, lets it wrap", () => {
    const long = Array.from({ length: 40 }, () => "leaky_relu(0.01)").join("+");
    const rows = [{ ...run.rows[0], genotype: long, score: 99 }, ...run.rows];
    const parsed = parse(renderReport({ ...run, rows, artifacts: null, status: "running", exactTopK: false }));
    expect(textOf(parsed, "h1")).toBe(long);
    expect(all(parsed, "h1 wbr").length).toBe(40);
    expect(textOf(parsed, "#headline")).toContain("Still running");
  });
});
