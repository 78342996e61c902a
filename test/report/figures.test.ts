import { describe, expect, it } from "vitest";
import { baselinesFigure } from "../../src/report/figures/baselines.js";
import { depthFigure } from "../../src/report/figures/depth.js";
import { finiteFigure } from "../../src/report/figures/finite.js";
import { kernelFigure } from "../../src/report/figures/kernel.js";
import { logAxis } from "../../src/report/figures/log-axis.js";
import { networkFigure } from "../../src/report/figures/network.js";
import { palette } from "../../src/report/figures/palette.js";
import { rankFigure } from "../../src/report/figures/rank.js";
import { spectrumFigure } from "../../src/report/figures/spectrum.js";
import { widthFigure } from "../../src/report/figures/width.js";
import type { Figure } from "../../src/report/index.js";
import { makeFinite, makeRun } from "./fixture.js";
import { type PageElement, all, emptyDocument, parse } from "./page.js";

const run = makeRun();
const artifacts = run.artifacts!;
const document = emptyDocument();
const lookOf = palette(artifacts.baselines.map((point) => point.activation));

function drawn(figure: Figure | null): PageElement {
  if (figure === null) throw new Error("expected a figure, got none");
  return parse(`<!doctype html><html><body>${figure.element.outerHTML}</body></html>`);
}

/** Vertices of the longest path. */
const vertices = (root: PageElement): number =>
  Math.max(...all(root, "path").map((path) => path.getAttribute("d")?.match(/[ML]/g)?.length ?? 0));

const texts = (root: PageElement): string[] => all(root, "text").map((text) => text.textContent);

describe("lambda_min against rank", () => {
  it("has one point per architecture and a band", () => {
    const root = drawn(rankFigure(run.rows, document));
    expect(all(root, '[aria-label="area"] path').length).toBe(1);
    const line = all(root, '[aria-label="line"] path')[0].getAttribute("d")!;
    expect(line.split("L").length).toBe(500);
    const heights = line.match(/,[\d.]+/g)!.map((text) => Number(text.slice(1)));
    expect(heights).toEqual([...heights].sort((a, b) => a - b));
  });

  it("draws single intervals and dots for few architectures", () => {
    const root = drawn(rankFigure(run.rows.slice(0, 12), document));
    expect(all(root, '[aria-label="dot"] circle').length).toBe(12);
    expect(all(root, '[aria-label="rule"] line').length).toBe(12);
  });

  it("is thinned to 2,000 points with both ends kept", () => {
    const rows = Array.from({ length: 20_000 }, (_, i) => ({
      ...run.rows[0],
      lambdaMin: 1 / (1 + i),
      UBpair: 2,
      LB: 1e-5,
    }));
    const figure = rankFigure(rows, document)!;
    expect(vertices(drawn(figure))).toBeLessThanOrEqual(8000);
    expect(drawn(figure).querySelector('[aria-label="line"] path')?.getAttribute("d")?.split("L").length).toBe(2000);
    expect(figure.alternative).toContain("from 1 to 5.000 × 10⁻⁵");
  });

  it("leaves out failures and is absent without values", () => {
    expect(rankFigure([], document)).toBeNull();
    expect(rankFigure([{ ...run.rows[0], lambdaMin: null }], document)).toBeNull();
  });
});

describe("finite against infinite", () => {
  const finite = makeFinite(artifacts);

  it("has a band, two dots and an error bar a network, higher for larger values", () => {
    const figure = finiteFigure(artifacts.top, finite, document)!;
    const root = drawn(figure);
    const [bands, bars] = all(root, '[aria-label="rule"]');
    const [infinite, means] = all(root, '[aria-label="dot"]');
    for (const [group, mark] of [
      [bands, "line"],
      [bars, "line"],
      [infinite, "circle"],
      [means, "path"],
    ] as const)
      expect(all(group, mark)).toHaveLength(10);
    const heights = all(infinite, "circle").map((dot) => Number(dot.getAttribute("cy")));
    expect(heights).toEqual([...heights].sort((a, b) => a - b)); // downwards, the best first
    all(bars, "line").forEach((bar, i) => {
      const { mean, standardError } = finite[i].lambdaMin;
      const [y1, y2] = [bar.getAttribute("y1"), bar.getAttribute("y2")].map(Number);
      const [, cy] = /,([\d.]+)\)/.exec(all(means, "path")[i].getAttribute("transform")!)!.map(Number);
      expect(Math.min(y1, y2)).toBeLessThan(cy);
      expect(cy).toBeLessThan(Math.max(y1, y2));
      expect(standardError / mean).toBeLessThan(0.1);
    });
    expect(figure.alternative).toContain("at width 512 as the mean of 5 draws");
  });

  it("draws single draws and zeros, leaves out what has no score, and is absent without scores", () => {
    const zero = { ...finite[0], lambdaMin: { values: [0], mean: 0, standardError: NaN } };
    expect(finiteFigure(artifacts.top, [zero], document)!.element.outerHTML).not.toMatch(/NaN|undefined/);
    expect(all(drawn(finiteFigure(artifacts.top, [zero], document)), "circle")).toHaveLength(1);
    expect(finiteFigure(artifacts.top, [], document)).toBeNull();
  });
});

describe("lambda_min against width", () => {
  const curves = artifacts.top.slice(0, 3).map((item, i) => ({
    ...item,
    ...item.bounds,
    points: [8, 64, 96, 512].map((width) => ({ ...makeFinite(artifacts)[i], width })),
  }));
  const look = palette(curves.map(({ genotype }) => genotype));

  it("has a line, its error bars, a limit and bounds for every network, and a rule at the number of inputs", () => {
    const root = drawn(widthFigure(curves, 64, look, document));
    expect(all(root, '[aria-label="line"] path')).toHaveLength(3);
    expect(all(root, '[aria-label="dot"] :is(path, circle)')).toHaveLength(3 * (4 + 1));
    expect(all(root, '[aria-label="rule"] line')).toHaveLength(3 * (4 + 1 + 1) + 1);
    expect(texts(root)).toEqual(expect.arrayContaining(["8", "64", "96", "512", "∞"]));
    expect(all(drawn(widthFigure(curves, 1000, look, document)), '[aria-label="rule"] line')).toHaveLength(3 * 6);
  });

  it("draws one width, and nothing without widths", () => {
    const [curve] = curves;
    const one = widthFigure([{ ...curve, points: curve.points.slice(0, 1) }], 64, look, document);
    expect(one!.element.outerHTML).not.toMatch(/NaN|undefined|Infinity/);
    expect(one!.alternative).toContain("by width from 8 to 8");
    expect(widthFigure([], 64, look, document)).toBeNull();
  });
});

describe("lambda_min by depth", () => {
  const panel = (skips: boolean): PageElement =>
    drawn(depthFigure(artifacts.baselines, { measure: "lambdaMin", skips }, artifacts.top[0], lookOf, document));

  it("has a line per activation, a point per depth, and the winner", () => {
    for (const skips of [false, true]) {
      expect(all(panel(skips), '[aria-label="line"] path').length).toBe(5);
      expect(all(panel(skips), '[aria-label="dot"] :is(path, circle)').length).toBe(5 * 5 + 1);
      expect(texts(panel(skips)).filter((text) => /^[23456]$/.test(text))).toEqual(["2", "3", "4", "5", "6"]);
    }
  });

  it("has the same axis with and without skips", () => {
    const ticks = (root: PageElement): string[] =>
      all(root, '[aria-label="y-axis tick label"] text').map((t) => t.outerHTML);
    expect(ticks(panel(true))).toEqual(ticks(panel(false)));
    expect(ticks(panel(true)).length).toBeGreaterThan(3);
  });

  it("draws other numbers for the normalised measure, and nothing without baselines", () => {
    const normalised = { measure: "lambdaMinNormalized", skips: true } as const;
    expect(depthFigure(artifacts.baselines, normalised, null, lookOf, document)!.alternative).toContain("trace / n");
    expect(depthFigure([], normalised, null, lookOf, document)).toBeNull();
  });
});

describe("the spectrum", () => {
  const spectrum = artifacts.winner!.spectrum;
  it("has a dot per eigenvalue, the least one marked, and its bounds", () => {
    const root = drawn(spectrumFigure(spectrum, { LB: 0.1, UBpair: 2 }, document));
    expect(all(root, '[aria-label="dot"] circle').length).toBe(spectrum.length + 1);
    expect(all(root, '[aria-label="rule"] line').length).toBe(3);
  });

  it("draws one eigenvalue, and a line for many", () => {
    expect(all(drawn(spectrumFigure([2], null, document)), "circle").length).toBe(2);
    const many = Array.from({ length: 1000 }, (_, i) => (1 + i) / 1000);
    expect(vertices(drawn(spectrumFigure(many, null, document)))).toBe(1000);
    expect(spectrumFigure([], null, document)).toBeNull();
  });
});

describe("the kernel's heat map", () => {
  it("covers every entry exactly once", () => {
    const { kernel } = artifacts.winner!;
    const root = drawn(kernelFigure(kernel, document));
    const runs = all(root, "path[fill]").flatMap((path) => path.getAttribute("d")?.match(/M\d+ \d+h\d+/g) ?? []);
    const covered = runs.map((text) => /M(\d+) (\d+)h(\d+)/.exec(text)!.slice(1).map(Number));
    const seen = new Set(covered.flatMap(([x, y, w]) => Array.from({ length: w }, (_, i) => `${x + i},${y}`)));
    expect(covered.reduce((sum, [, , w]) => sum + w, 0)).toBe(64 * 64);
    expect(seen.size).toBe(64 * 64);
  });

  it("parts and names the classes", () => {
    const root = drawn(kernelFigure(artifacts.winner!.kernel, document));
    expect(root.querySelector(".classes path")?.getAttribute("d")?.match(/H/g)?.length).toBe(9);
    expect(all(root, ".classes text").length).toBe(10);
    const constant = { size: 2, values: [1, 1, 1, 1], classes: null };
    expect(all(drawn(kernelFigure(constant, document)), ".classes text").length).toBe(0);
    expect(kernelFigure({ size: 0, values: [], classes: null }, document)).toBeNull();
  });
});

describe("the network", () => {
  it("has a block per layer, an arc per skip, and the shares", () => {
    const layers = [
      { activation: "relu", skip: false, variance: 1, diagonalShare: 0.25 },
      { activation: "tanh", skip: true, variance: 1.234, diagonalShare: 0.5 },
      { activation: "sin", skip: false, variance: 2, diagonalShare: 0.125 },
    ];
    const root = drawn(networkFigure(layers, lookOf, document));
    expect(all(root, ".block").length).toBe(5);
    expect(all(root, ".skip").length).toBe(1);
    expect(all(root, ".sum").length).toBe(1);
    expect(all(root, ".wire").length).toBe(4);
    expect(texts(root)).toEqual(expect.arrayContaining(["relu", "tanh", "sin", "25 %", "50 %", "13 %", "1.23"]));
    expect(texts(root).at(-1)).toBe("13 %"); // 1 - 0.25 - 0.5 - 0.125 is left for the output layer
    const unknown = [{ activation: "relu", skip: false, variance: NaN, diagonalShare: NaN }];
    expect(all(drawn(networkFigure(unknown, lookOf, document)), ".share").length).toBe(1);
    expect(networkFigure([], lookOf, document)).toBeNull();
  });

  it("of 40 layers stays inside its frame", () => {
    const layers = Array.from({ length: 40 }, () => ({
      activation: "relu",
      skip: true,
      variance: 1e6,
      diagonalShare: 1 / 40,
    }));
    const root = drawn(networkFigure(layers, lookOf, document));
    const height = Number(root.querySelector("svg")?.getAttribute("height"));
    const lowest = Math.max(
      ...all(root, ".block rect").map((r) => Number(r.getAttribute("y")) + Number(r.getAttribute("height"))),
    );
    expect(lowest).toBeLessThan(height);
    expect(all(root, ".skip").length).toBe(40);
  });
});

describe("baselines", () => {
  it("put the winner first, then the others by value, then chance", () => {
    const network = { LB: 0.05, UBpair: 5, winner: false };
    const figure = baselinesFigure(
      [
        { ...network, name: "weak", lambdaMin: 0.1 },
        { ...network, name: "strong", lambdaMin: 3 },
        { ...network, name: "found", lambdaMin: 2, winner: true },
      ],
      { count: 50, lambdaMin: [0.01, 0.1, 0.2, 0.5, 1] },
      document,
    );
    const labels = all(drawn(figure), '[aria-label="y-axis tick label"] text').map((text) => text.textContent);
    expect(labels).toEqual(["found", "strong", "weak", "random choice of 50"]);
    expect(all(drawn(figure), "circle").length).toBe(3);
    expect(all(drawn(figure), '[aria-label="bar"] rect').length).toBe(1);
    expect(baselinesFigure([], null, document)).toBeNull();
  });
});

describe("a logarithmic axis", () => {
  it("holds all positive values and puts the others at its lower end", () => {
    const axis = logAxis([1e-8, 5, 0, -1e-17, NaN]);
    const [low, high] = axis.scale.domain as [number, number];
    expect(low).toBeLessThan(1e-8);
    expect(high).toBeGreaterThan(5);
    expect(axis.place(0)).toBe(low);
    expect(axis.place(-1)).toBe(low);
    expect(axis.place(NaN)).toBe(low);
    expect(axis.place(0.5)).toBe(0.5);
  });

  it("gives lower bounds three decades below the values and no more", () => {
    const [low] = logAxis([1, 10], [1e-30]).scale.domain as [number, number];
    expect(low).toBeLessThan(1e-3);
    expect(low).toBeGreaterThan(1e-5);
  });

  it("has between 3 and 9 ticks whatever the range", () => {
    for (const decades of [0, 0.2, 0.5, 1, 2, 5, 9, 17, 40]) {
      const { ticks, domain } = logAxis([1, 10 ** -decades]).scale as { ticks: number[]; domain: [number, number] };
      expect(ticks.length, `${decades} decades`).toBeGreaterThanOrEqual(3);
      expect(ticks.length, `${decades} decades`).toBeLessThanOrEqual(9);
      for (const tick of ticks) expect(tick >= domain[0] && tick <= domain[1]).toBe(true);
    }
  });

  it("exists without any value", () => {
    const [low, high] = logAxis([]).scale.domain as [number, number];
    expect(low).toBeGreaterThan(0);
    expect(high).toBeGreaterThan(low);
  });
});
