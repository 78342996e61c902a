import { activation } from "../arch/activations/registry.js";
import type { Architecture, ModelParameters } from "../arch/architecture.js";
import { AppError } from "../errors.js";
import type { PathLayer } from "../kernels/infinite/angle-path.js";
import { infiniteKernel, type InputRows } from "../kernels/infinite/direct.js";
import { angleGeometry, hasEqualNorms } from "../kernels/infinite/geometry.js";
import { SymmetricSolver } from "../spectrum/solver.js";
import { upperBounds } from "../theory/upper-bounds.js";
import { AngleScorer } from "./angle-scorer.js";

/** A series whose tail is still above this multiple of the diagonal is given up for the direct recursion. */
export const unresolvedTail = 1e-13;

/** Puts the NTK of architectures into a solver's matrix: by angle when the norms are equal, else pair by pair. */
export interface KernelLoader {
  readonly solver: SymmetricSolver;
  /** The fast path, when the rows have one norm. */
  readonly angles: AngleScorer | undefined;
  readonly engine: "infinite-chebyshev" | "infinite-direct";
  /** Fills `solver.matrix` with Theta and returns UBpair of docs/theory.md 3.3. Throws AppError `numeric` on overflow. */
  load(architecture: Architecture, layers: readonly PathLayer[]): number;
}

/** Hidden layers with their activation records. */
export function pathLayers({ layers }: Architecture): PathLayer[] {
  return layers.map((layer) => ({ activation: activation(layer.activation), skip: layer.skip }));
}

/**
 * The loader of a batch; `calibration` fixes the number of series terms (see AngleScorer). `range` widens the angles that the
 * series covers, for kernels between these rows and others.
 */
export function kernelLoader(
  rows: InputRows,
  model: ModelParameters,
  calibration: readonly Architecture[] = [],
  range: readonly [number, number] = [Math.PI, 0],
): KernelLoader {
  if (hasEqualNorms(rows)) {
    const geometry = angleGeometry(rows);
    const [least, largest] = geometry.range;
    const wide = { ...geometry, range: [Math.min(least, range[0]), Math.max(largest, range[1])] as const };
    const angles = new AngleScorer(wide, model, calibration.map(pathLayers));
    return {
      solver: angles.solver,
      angles,
      engine: "infinite-chebyshev",
      load: (architecture, layers) => {
        const { diagonal, largestOffDiagonal, tail } = angles.load(layers);
        if (tail <= unresolvedTail) return diagonal - largestOffDiagonal;
        return loadDirectly(angles.solver, architecture, rows, model);
      },
    };
  }
  const solver = new SymmetricSolver(rows.n);
  return {
    solver,
    angles: undefined,
    engine: "infinite-direct",
    load: (architecture) => loadDirectly(solver, architecture, rows, model),
  };
}

function loadDirectly(
  solver: SymmetricSolver,
  architecture: Architecture,
  rows: InputRows,
  model: ModelParameters,
): number {
  const { data } = infiniteKernel(architecture, rows, model);
  if (!data.every(Number.isFinite)) throw overflow(architecture);
  solver.matrix.set(data);
  return upperBounds(data, rows.n).UBpair;
}

const overflow = ({ layers }: Architecture): AppError =>
  new AppError("numeric", `The kernel of ${layers.length} hidden layers overflows float64.`, {
    hint: "Use smaller weight variances (--c, --c1), a branch scale (--tau 1/L), or fewer layers.",
  });
