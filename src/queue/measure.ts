import { AppError } from "../errors.js";
import { chooseEngine, EngineMemory } from "../kernels/finite/index.js";
import { groupOn, measureGroups, type MeasureBatch, type MeasureGroup } from "../score/measures/index.js";
import { dependsOnData } from "../score/measures/measure-pass.js";
import { ntkGroup, type NtkProtocol } from "../score/measures/ntk.js";
import { graphSpace, parseCell, pruneCell, type NetworkSizes } from "../spaces/index.js";

/** Images of one draw, normalised, n x channels x height x width. */
export interface ImagePool {
  readonly n: number;
  readonly inputs: Float64Array;
  readonly labels: Int32Array;
}

/** What all measurements of one run share; plain data, sent to every worker once. */
export interface MeasureSetup {
  /** A benchmark space of src/spaces. */
  readonly space: string;
  readonly sizes: Required<NetworkSizes>;
  readonly shape: readonly [channels: number, height: number, width: number];
  /** One pool, or one a seed. */
  readonly images: readonly ImagePool[];
  readonly seed: number | string;
}

/** A group of measures by its id, the NTK's under a protocol of its own or on another number of images. */
export interface GroupChoice {
  readonly id: string;
  readonly ntk?: NtkProtocol;
  /** Images of a group of NTK measures; its own number by default, and for other groups. */
  readonly batch?: number;
}

/** Cells by their index, one group, one draw of the weights. */
export interface MeasureTask {
  readonly group: GroupChoice;
  readonly cells: readonly number[];
  readonly draw: number;
}

/** What a group says of one cell. */
export interface MeasuredCell {
  readonly cell: number;
  /** By measure; empty when the group failed. */
  readonly values: Readonly<Record<string, number>>;
  /** Why the values are no measurement: the network overflows, or does not see its input. */
  readonly failure?: string;
}

/** The group that a choice names. Throws AppError `usage` for an unknown one. */
export function groupOf({ id, ntk, batch }: GroupChoice): MeasureGroup {
  if (ntk !== undefined) return ntkGroup(id, ntk);
  const found = (batch && groupOn(id, batch)) || measureGroups.find((group) => group.id === id);
  if (found !== undefined) return found;
  throw new AppError(
    "usage",
    `unknown group of measures "${id}": expected ${measureGroups.map((g) => g.id).join(", ")}`,
  );
}

/** A function that measures cells in this thread; the memory of networks is kept from one to the next. */
export function measureRunner(setup: MeasureSetup): (task: MeasureTask) => MeasuredCell[] {
  const { engine } = chooseEngine();
  const memory = new EngineMemory(engine);
  const space = graphSpace(setup.space);
  return ({ group: choice, cells, draw }) => {
    const group = groupOf(choice);
    const pool = setup.images.at(Math.min(draw, setup.images.length - 1));
    return cells.map((cell) => {
      const arch = space.at(BigInt(cell));
      const architecture = space.build(arch, setup.sizes);
      const operations = space.id === "topology" ? { operations: pruneCell(parseCell(arch)) } : {};
      const blind = dependsOnData(architecture) ? undefined : "the output does not depend on the input";
      try {
        const values = group.compute({
          architecture,
          ...operations,
          shape: setup.shape,
          classes: setup.sizes.classes,
          batch: (n) => firstOf(pool, n),
          seed: setup.seed,
          draw,
          engine,
          memory,
          threads: 1,
        });
        const undefinedOnes = Object.keys(values).filter((name) => Number.isNaN(values[name]));
        if (undefinedOnes.length > 0) {
          const rest = Object.fromEntries(Object.entries(values).filter(([, value]) => !Number.isNaN(value)));
          return { cell, values: rest, failure: blind ?? `not a number: ${undefinedOnes.join(", ")}` };
        }
        return { cell, values, ...(blind !== undefined && { failure: blind }) };
      } catch (error) {
        if (error instanceof AppError && error.code !== "numeric" && error.code !== "limit") throw error;
        const reason = error instanceof Error ? error.message : String(error);
        return { cell, values: {}, failure: blind ?? reason };
      }
    });
  };
}

/** The first images of a pool. Throws AppError `data` when it has fewer. */
function firstOf(pool: ImagePool | undefined, n: number): MeasureBatch {
  if (pool === undefined || pool.n < n) {
    throw new AppError("data", `This measure needs ${n} images, there are ${pool?.n ?? 0}.`, {
      hint: "Name a larger set of images with --images, or leave the measure out with --scores.",
    });
  }
  const size = pool.inputs.length / pool.n;
  return { n, inputs: pool.inputs.slice(0, n * size), labels: pool.labels.slice(0, n) };
}
