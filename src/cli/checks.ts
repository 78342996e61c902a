import { availableParallelism } from "node:os";
import { modelPresets } from "../arch/architecture.js";
import { openDataset } from "../data/index.js";
import { AppError } from "../errors.js";
import { chooseEngine } from "../kernels/finite/engine/choose.js";
import type { FiniteEngine } from "../kernels/finite/engine/engine.js";
import { referenceEngine } from "../kernels/finite/engine/interpreter.js";
import { dense, program } from "../kernels/finite/engine/program.js";
import { infiniteKernel } from "../kernels/infinite/direct.js";
import { parseGenotype } from "../spaces/index.js";
import { lambdaMin } from "../spectrum/spectrum.js";
import { openStore } from "../store/index.js";
import { packageVersion } from "./version.js";

/** One thing that the package needs, and whether it is there. */
export interface Check {
  readonly name: string;
  readonly ok: boolean;
  /** Without it nothing works; otherwise a part is missing. */
  readonly needed: boolean;
  readonly finding: string;
  /** What to do when it is not ok. */
  readonly advice?: string;
}

/** docs/theory.md 5: relu-relu-relu, c1 = c = 1, on five points of the half circle. */
const golden = { genotype: "relu-relu-relu", lambdaMin: 0.099079425 };

/** Looks at everything that a search needs; never throws. */
export async function runChecks(store: string, cwd: string): Promise<Check[]> {
  return [
    check("eigennas", true, () => packageVersion()),
    check("node", true, nodeVersion),
    check("cores", true, () => `${availableParallelism()}, used as worker threads`),
    check("WebAssembly SIMD", true, smallEigenproblem),
    check("golden kernel", true, goldenKernel),
    check("finite width", true, finiteKernels),
    check("store", true, () => {
      openStore(store).close();
      return `${store} can be written`;
    }),
    await checkLater("MNIST", false, async () => {
      const { n, d } = await openDataset("mnist", { cwd });
      return `${n.toLocaleString("en-US")} images of ${d} numbers`;
    }),
  ];
}

function check(name: string, needed: boolean, look: () => string): Check {
  try {
    return { name, needed, ok: true, finding: look() };
  } catch (error) {
    return problem(name, needed, error);
  }
}

async function checkLater(name: string, needed: boolean, look: () => Promise<string>): Promise<Check> {
  try {
    return { name, needed, ok: true, finding: await look() };
  } catch (error) {
    return problem(name, needed, error);
  }
}

function problem(name: string, needed: boolean, error: unknown): Check {
  const finding = error instanceof Error ? error.message : String(error);
  const advice = error instanceof AppError ? error.hint : undefined;
  return { name, needed, ok: false, finding, advice: advice ?? "Reinstall eigennas on Node 20.19 or newer." };
}

function nodeVersion(): string {
  const [major, minor] = process.versions.node.split(".").map(Number);
  if (major > 20 || (major === 20 && minor >= 19)) return process.versions.node;
  throw new AppError("internal", `expected Node 20.19 or newer, this is ${process.versions.node}`, {
    hint: "Install a newer Node.",
  });
}

/** The second-difference matrix of size 16, whose least eigenvalue is 2 - 2 cos(pi / 17). */
function smallEigenproblem(): string {
  const n = 16;
  const matrix = new Float64Array(n * n);
  for (let i = 0; i < n; i++) {
    matrix[i * n + i] = 2;
    if (i > 0) matrix[i * n + i - 1] = matrix[(i - 1) * n + i] = -1;
  }
  const expected = 2 - 2 * Math.cos(Math.PI / (n + 1));
  const { value } = lambdaMin(matrix, n);
  expectClose("the least eigenvalue of a small matrix", value, expected, 1e-13);
  return `an eigenproblem of size ${n} is solved to ${Math.abs(value - expected).toExponential(0)}`;
}

function goldenKernel(): string {
  const n = 5;
  const inputs = Float64Array.from({ length: 2 * n }, (_, k) => {
    const angle = ((k >> 1) * Math.PI) / n;
    return k % 2 === 0 ? Math.cos(angle) : Math.sin(angle);
  });
  const { data } = infiniteKernel(parseGenotype(golden.genotype), { n, d: 2, inputs }, modelPresets.lecun);
  const { value } = lambdaMin(data, n);
  expectClose(`λmin of ${golden.genotype}`, value, golden.lambdaMin, 1e-9);
  return `λmin of ${golden.genotype} on five points is ${value.toFixed(9)}`;
}

/** The kernels of finite networks in use, which must give what the float64 interpreter gives. */
function finiteKernels(): string {
  const { engine, reason } = chooseEngine();
  const [value, expected] = [denseOutput(engine), denseOutput(referenceEngine)];
  expectClose(`a dense layer by ${engine.name} kernels`, value, expected, 1e-6);
  return `${engine.name} kernels: ${reason}`;
}

/** Output of a layer of 16 units with weights 1, 1/2, 1/3, ... on inputs 1, 1/2, ... 1/16. */
function denseOutput(engine: FiniteEngine): number {
  const size = 16;
  const arena = engine.allocate(size * size + 2 * size);
  for (let k = 0; k < size * size; k++) arena.values[k] = 1 / (1 + k);
  for (let k = 0; k < size; k++) arena.values[size * size + k] = 1 / (1 + k);
  const words = program([dense({ inputs: size, channels: size, x: 0, out: size, weight: 0 })]);
  engine.run(words, arena, size * size, 2 * size, 0, 1, true, 1);
  return arena.values[size * size + size];
}

function expectClose(what: string, value: number, expected: number, tolerance: number): void {
  if (Math.abs(value - expected) <= tolerance) return;
  throw new AppError("internal", `${what}: expected ${expected}, got ${value}`, {
    hint: "This build computes wrong numbers here: do not use it, and report the processor and the Node version.",
  });
}
