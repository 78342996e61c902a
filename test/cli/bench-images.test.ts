import { afterAll, beforeAll, expect, it } from "vitest";
import { benchImages } from "../../src/cli/bench-images.js";
import { rng } from "../../src/rng.js";
import { Workshop } from "./support.js";

const shop = new Workshop();
afterAll(() => shop.close());

/** 200 images of noise, of which 110 are of class 0 and 10 of every other. */
beforeAll(() => {
  const generator = rng(1, "pixels");
  const records = new Uint8Array(200 * 3073);
  for (let at = 0; at < records.length; at++) {
    const image = Math.floor(at / 3073);
    records[at] = at % 3073 > 0 ? generator.integer(256) : image < 110 ? 0 : image % 10;
  }
  shop.write("data_batch_1.bin", records);
});

const draw = (draws: number) =>
  benchImages("data_batch_1.bin", { cwd: shop.folder, count: 60, least: 32, draws, seed: 0 });

const countsOf = (labels: Int32Array): number[] =>
  Array.from({ length: 10 }, (_, label) => labels.filter((one) => one === label).length);

it("draws without regard to labels, or so that classes take turns, every draw anew", async () => {
  const images = await draw(2);
  const [plain] = images.pools(false);
  expect([plain.n, plain.inputs.length]).toEqual([60, 60 * 3072]);
  expect(countsOf(plain.labels)[0]).toBeGreaterThan(20);
  const [balanced, other] = images.pools(true);
  expect(countsOf(balanced.labels)).toEqual(new Array(10).fill(6));
  const first = countsOf(balanced.labels.slice(0, 32));
  expect(Math.max(...first) - Math.min(...first)).toBe(1);
  expect(other.inputs).not.toEqual(balanced.inputs);
  expect(images.pools(true)[0]).toBe(balanced);
});

it("has two images a class where there are many classes", async () => {
  const few = await benchImages("data_batch_1.bin", { cwd: shop.folder, count: 4, least: 2, draws: 1, seed: 0 });
  expect(countsOf(few.pools(true)[0].labels)).toEqual(new Array(10).fill(2));
});
