import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const script = new URL("./numpy_ntk.py", import.meta.url).pathname;

export interface NumpyRun {
  readonly seconds: number;
  /** `OpenBLAS`, or a slower one that would flatter us: install libopenblas0 (Debian) for a fair peer. */
  readonly blas: string;
}

/** Runs the numpy peer on one thread with its best BLAS kernels. */
function numpy(
  files: Readonly<Record<string, string | Float64Array>>,
  makeArguments: (path: (name: string) => string) => string[],
): unknown {
  const folder = mkdtempSync(join(tmpdir(), "eigennas-bench-"));
  const path = (name: string): string => join(folder, name);
  try {
    for (const [name, content] of Object.entries(files)) {
      writeFileSync(
        path(name),
        typeof content === "string" ? content : new Uint8Array(content.buffer, content.byteOffset, content.byteLength),
      );
    }
    const env: NodeJS.ProcessEnv = { ...process.env, OPENBLAS_NUM_THREADS: "1", OMP_NUM_THREADS: "1" };
    delete env.OPENBLAS_CORETYPE;
    delete env.OPENBLAS_L2_SIZE;
    const python = process.env.PYTHON ?? "/usr/bin/python3";
    return JSON.parse(execFileSync(python, [script, ...makeArguments(path)], { env, encoding: "utf8" }));
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** Seconds of numpy.linalg.eigvalsh of an n x n matrix (median of `repeats`), and its least value. */
export function numpyEigvalsh(matrix: Float64Array, n: number, repeats: number): NumpyRun & { readonly value: number } {
  return numpy({ matrix }, (path) => ["eigvalsh", path("matrix"), String(n), String(repeats)]) as NumpyRun & {
    readonly value: number;
  };
}

/** Seconds an architecture of the matrix recursion and eigvalsh in numpy, and the least eigenvalues. */
export function numpyArchitectures(
  inputs: Float64Array,
  n: number,
  d: number,
  genotypes: readonly string[],
): NumpyRun & { readonly values: number[] } {
  return numpy({ inputs, genotypes: genotypes.join("\n") }, (path) => [
    "architectures",
    path("inputs"),
    String(n),
    String(d),
    path("genotypes"),
  ]) as NumpyRun & { readonly values: number[] };
}
