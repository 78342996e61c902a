import { describe, expect, it } from "vitest";
import { DirectionIndex } from "../../src/data/directions.js";
import { rng } from "../../src/rng.js";

describe("DirectionIndex", () => {
  it("finds rows that are equal up to rounding but filed in different cells", () => {
    const random = rng("directions");
    const probe = Math.atan2(...([random.normal(), random.normal()].reverse() as [number, number]));
    for (const cell of [-7e8, -1, 0, 3, 5e8]) {
      const edge = probe + Math.acos(cell * 1e-9);
      for (const step of [2e-14, -2e-14]) {
        const [a, b] = [edge - step, edge + step];
        const inputs = Float64Array.of(Math.cos(a), Math.sin(a), Math.cos(b), Math.sin(b), -Math.cos(b), -Math.sin(b));
        const index = new DirectionIndex(inputs, 2);
        index.add(0);
        expect(index.relate(1)).toEqual({ duplicateOf: 0, parallel: 0, antipodal: 0 });
        expect(index.relate(2)).toEqual({ duplicateOf: undefined, parallel: 0, antipodal: 1 });
      }
    }
  });

  it("compares zero rows with zero rows only", () => {
    const index = new DirectionIndex(Float64Array.of(0, 0, 1, 0, 0, 0), 2);
    index.add(0);
    expect(index.relate(1)).toEqual({ duplicateOf: undefined, parallel: 0, antipodal: 0 });
    expect(index.relate(2)).toEqual({ duplicateOf: 0, parallel: 0, antipodal: 0 });
  });
});
