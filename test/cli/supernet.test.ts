import { readdirSync, readFileSync, truncateSync } from "node:fs";
import { afterAll, describe, expect, it } from "vitest";
import { rng } from "../../src/rng.js";
import { heaviestLayers, judgeSupernet } from "../../src/train/supernet-check.js";
import { madeTable } from "../support/killed-runs.js";
import { Workshop } from "./support.js";

const shop = new Workshop();
afterAll(() => shop.close());
shop.write("table.csv", madeTable(90));

const small = ["--activations", "relu,tanh,silu", "--depth", "3", "--width", "8", "--epochs", "3", "--threads", "1"];

const argv = (...more: string[]): string[] => [
  ...["supernet", "--data", "csv:table.csv", "--target", "kind", "--seeds", "2", ...small, "--quiet", ...more],
];

interface Found {
  readonly choices: readonly { layer: number; choice: string; weight: number; meanScore: number }[];
  readonly rho: { readonly value: number; readonly p: number };
  readonly derived: { readonly genotype: string; readonly score: number; readonly betterThan: number };
}

describe("supernet", () => {
  it("weighs every choice, and says whether the weights follow the score", async () => {
    const found = (await shop.json(...argv("--out", "supernet.html"))) as Found;
    expect(found.choices.map(({ layer, choice }) => `${layer} ${choice}`)).toEqual([
      ...["1 relu", "1 tanh", "1 silu", "2 relu", "2 tanh", "2 silu", "2 skip", "2 no skip"],
    ]);
    for (const layer of [1, 2]) {
      const own = found.choices.filter((item) => item.layer === layer && !item.choice.endsWith("skip"));
      expect(own.reduce((sum, { weight }) => sum + weight, 0)).toBeCloseTo(1, 9);
    }
    expect(found.derived.genotype).toMatch(/^(relu|tanh|silu)[-+](relu|tanh|silu)$/);
    expect(found.derived.betterThan).toBeLessThan(1);
    expect(found.rho.p).toBeGreaterThan(0);
    expect(readFileSync(shop.path("supernet.html"), "utf8")).toContain("Where does gradient descent put its weight?");
    const joint = await shop.run(...argv("--mode", "joint", "--skips", "off"));
    expect(joint.out).toMatch(/Spearman -?\d\.\d{3} \(p = /);
    expect(joint.out).not.toMatch(/no skip/);
  });

  it("is right about weights that follow the score, and about those that do not", () => {
    const activations = ["a", "b", "c"];
    const layersOf = (index: number) =>
      [0, 1, 2].map((l) => ({ activation: activations[Math.floor(index / 3 ** l) % 3], skip: false }));
    const networks = Array.from({ length: 27 }, (_, index) => {
      const layers = layersOf(index);
      return { layers, score: layers.reduce((sum, { activation }) => sum + activations.indexOf(activation), 0) };
    });
    const scoreOf = (layers: (typeof networks)[number]["layers"]): number =>
      layers.reduce((sum, { activation }) => sum + activations.indexOf(activation), 0);
    const judge = (weights: number[]) => {
      const seed = [0, 1, 2].map(() => ({ activations: weights, skip: undefined }));
      const derived = scoreOf([...heaviestLayers(activations, [seed])]);
      return judgeSupernet(activations, [seed], { networks, derived, better: "higher" }, rng("judge"));
    };
    const right = judge([0.1, 0.3, 0.6]);
    expect(right.rho.value).toBeCloseTo(1, 12);
    expect(right.rho.p).toBeLessThan(0.05); // one of 6^3 orders within layers, and its mirror
    expect(right.derived).toMatchObject({ score: 6, betterThan: 26 / 27 });
    expect(judge([0.6, 0.3, 0.1]).rho.value).toBeCloseTo(-1, 12);
    expect(judge([0.6, 0.1, 0.3]).rho.p).toBeGreaterThan(0.05);
  });

  it("gives the metric's own values where smaller ones are better", async () => {
    const found = (await shop.json(...argv("--score", "loo_error"))) as Found;
    for (const { meanScore } of found.choices) expect(meanScore).toBeGreaterThan(0);
    expect(found.derived.score).toBeGreaterThan(0);
    const smaller = (await shop.json(...argv("--score", "lambda_min"))) as Found;
    expect(found.choices.map(({ weight }) => weight)).toEqual(smaller.choices.map(({ weight }) => weight));
    const { out } = await shop.run(...argv("--score", "loo_error"));
    expect(out).toMatch(/Weight against mean \S+.* \(smaller is better\) within layers/);
    expect(out).not.toMatch(/-0\.\d+\n/);
  });

  for (const threads of ["1", "2"])
    it(`ends as other commands when Ctrl-C comes while it scores, ${threads} threads`, async () => {
      // Enough networks for two tasks and more: the second finds the signal given.
      const many = ["--activations", "relu,tanh,silu,sigmoid,gelu", "--depth", "4", "--threads", threads];
      shop.interruptWhen = (err) => err.includes("scoring");
      shop.tick = 5000; // every progress is a line
      const { code, out, err } = await shop.run(...argv(...many).filter((word) => word !== "--quiet"));
      shop.interruptWhen = undefined;
      shop.tick = 1;
      expect(err).toMatch(/scoring[^]*\nInterrupted/);
      expect(err).not.toContain("error");
      expect([code, out]).toEqual([130, ""]);
    });

  it("goes on after Ctrl-C from what is stored, with the same result", async () => {
    const undisturbed = await shop.run(...argv("--json", "--store", "whole/runs.sqlite"));
    const disturbed = argv("--json", "--store", "stopped/runs.sqlite").filter((word) => word !== "--quiet");
    shop.tick = 5000;
    shop.interruptWhen = (err) => err.includes("supernet 2 of 2 · epoch 1");
    const stopped = await shop.run(...disturbed);
    shop.interruptWhen = undefined;
    expect(stopped).toMatchObject({ code: 130, out: "" });
    expect(stopped.err).toContain("what was trained is stored; the same command goes on from there");
    const files = (): string[] => readdirSync(shop.path("stopped/training"));
    expect(files().filter((name) => name.endsWith(".training"))).toHaveLength(1);
    const resumed = await shop.run(...disturbed);
    shop.tick = 1;
    expect(resumed).toMatchObject({ code: 0, out: undisturbed.out });
    expect(resumed.err).not.toContain("supernet 1 of 2");
    expect(resumed.err).not.toContain("supernet 2 of 2 · epoch 1");
    expect(files()).toHaveLength(1);
    const again = await shop.run(...disturbed);
    expect(again.out).toBe(undisturbed.out);
    expect(again.err).not.toContain("supernet 2 of 2");
  });

  it("trains anew from a checkpoint that is damaged", async () => {
    const command = argv("--json", "--store", "damaged/runs.sqlite").filter((word) => word !== "--quiet");
    shop.tick = 5000;
    shop.interruptWhen = (err) => err.includes("supernet 1 of 2 · epoch 2");
    expect((await shop.run(...command)).code).toBe(130);
    shop.interruptWhen = undefined;
    const folder = shop.path("damaged/training");
    const checkpoint = readdirSync(folder).find((name) => name.endsWith(".training"))!;
    truncateSync(`${folder}/${checkpoint}`, 100);
    const { out } = await shop.run(...command);
    shop.tick = 1;
    expect(out).toBe((await shop.run(...argv("--json", "--store", "whole/runs.sqlite"))).out);
  });

  it("refuses what it cannot do", async () => {
    const { code, err } = await shop.run("supernet", "--data", "sphere:n=20,d=3", ...small, "--quiet");
    expect(code).toBe(1);
    expect(err).toMatch(/class or a target/);
  });
});
