import { describe, expect, it } from "vitest";
import { renderReport, reportFigures } from "../../src/report/index.js";
import { makeFinite, makeRun } from "./fixture.js";
import { wellFormed } from "./well-formed.js";
import { explanation } from "./explanation.js";

const run = makeRun();
const artifacts = run.artifacts!;

describe("well-formed XML", () => {
  it("is told from what is not", () => {
    expect(wellFormed('<?xml version="1.0"?><a b="1"><c/>x &amp; y<d>&#39;</d></a>')).toBe(true);
    for (const bad of [
      "<a>",
      "<a></b>",
      "<a b=1/>",
      '<a b="<"/>',
      "<a>&nbsp;</a>",
      "<a>&</a>",
      "<a/><b/>",
      '<a b="1" b="2"/>',
      "x<a/>",
      "<a>\u0001</a>",
    ])
      expect([bad, wellFormed(bad)]).toEqual([bad, false]);
  });
});

describe("figures as files of their own", () => {
  const whole = { ...run, artifacts: { ...artifacts, explanation, finite: makeFinite(artifacts) } };
  const figures = reportFigures(renderReport(whole));

  it("are all figures of the page, each under its own name", () => {
    expect(figures.map(({ name }) => name)).toEqual([
      ...["network", "figure-terms", "figure-neighbours", "figure-parallel"],
      ...["figure-effects-1", "figure-effects-2", "figure-effects-3", "figure-rank", "figure-baselines"],
      ...["figure-depth-1", "figure-depth-2", "figure-depth-3", "figure-depth-4"],
      ...["figure-spectrum", "figure-kernel", "figure-finite"],
    ]);
  });

  it.each(figures)("$name is XML with its colours, its legend and its words", ({ svg }) => {
    expect(wellFormed(svg)).toBe(true);
    expect(svg).toMatch(/^<svg xmlns="http:\/\/www\.w3\.org\/2000\/svg"/);
    expect(svg).toMatch(/<title>[^<]{5,}<\/title><desc>[^<]{20,}<\/desc>/);
    expect(svg).not.toMatch(/var\(|color-mix|currentColor"\/>|NaN|undefined|https?:\/\/(?!www\.w3\.org)/);
  });

  it("have the legend that the page has beside them", () => {
    const of = (wanted: string): string => figures.find(({ name }) => name === wanted)!.svg;
    expect(of("figure-depth-3")).toContain(">winner (its own skips)</text>");
    expect(of("figure-effects-3")).toContain(">without a skip</text>");
    expect(of("figure-effects-2")).not.toContain(">mean of all</text>");
    expect(of("figure-effects-1")).toContain(">mean of all</text>");
  });

  it("stay XML whatever is in names", () => {
    const evil = `</svg><script>alert("1")</script>&nbsp;]]>\u0001'`;
    const hostile = {
      ...whole,
      artifacts: {
        ...whole.artifacts,
        baselines: artifacts.baselines.map((point) => ({ ...point, activation: evil })),
        explanation: {
          ...explanation,
          neighbours: explanation.neighbours.map((item) => ({ ...item, change: evil, genotype: evil })),
        },
        winner: {
          ...artifacts.winner!,
          kernel: { ...artifacts.winner!.kernel, classes: artifacts.winner!.kernel.classes!.map(() => evil) },
          layers: [{ activation: evil, skip: false, variance: 1, diagonalShare: 0.5 }],
        },
      },
    };
    const page = renderReport(hostile);
    for (const { name, svg } of reportFigures(page)) {
      expect([name, wellFormed(svg)]).toEqual([name, true]);
      expect(svg).not.toContain("<script");
    }
  });

  it("are none for a run without rows", () => {
    expect(reportFigures(renderReport({ ...run, rows: [], artifacts: null }))).toEqual([]);
  });
});
