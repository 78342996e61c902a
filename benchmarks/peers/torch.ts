import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { GraphArchitecture } from "../../src/arch/graph.js";
import type { Parameter } from "../../src/kernels/finite/ir.js";

const script = fileURLToPath(new URL("./torch_ntk.py", import.meta.url));

/** One network with its weights and a batch, as both sides get it. */
export interface TorchNetwork {
  readonly graph: GraphArchitecture;
  readonly parameters: readonly Parameter[];
  readonly values: readonly Float64Array[];
  readonly n: number;
  readonly inputs: Float64Array;
}

/** See torch_ntk.py. */
export interface TorchTask {
  readonly task: "loop" | "hooks" | "single" | "kernel";
  readonly mode: "frozen" | "instance" | "coupled";
  readonly threads: number;
  /** Passes or images that are timed and scaled to n. */
  readonly count?: number;
  readonly repeats?: number;
}

export interface TorchRun {
  readonly seconds: number;
  /** n x n, of `hooks` (float32) and `kernel` (float64). */
  readonly kernel: number[];
}

/** Without these, glibc gives memory back between tensors and PyTorch is two to four times slower. */
const malloc = {
  MALLOC_MMAP_THRESHOLD_: "4294967296",
  MALLOC_TRIM_THRESHOLD_: "17179869184",
  MALLOC_TOP_PAD_: "268435456",
};

const bytes = (values: Float64Array): Uint8Array => new Uint8Array(values.buffer, values.byteOffset, values.byteLength);

/** Runs the PyTorch peer at its best: BLAS free to choose its kernels, memory kept between tensors. */
export function torch(network: TorchNetwork, { task, mode, threads, count = 1, repeats = 1 }: TorchTask): TorchRun {
  const folder = mkdtempSync(join(tmpdir(), "eigennas-bench-"));
  const path = (name: string): string => join(folder, name);
  try {
    const parameters = network.parameters.map(({ name, shape }) => ({ name, shape }));
    writeFileSync(path("network.json"), JSON.stringify({ graph: network.graph, parameters }));
    writeFileSync(path("weights"), Buffer.concat(network.values.map(bytes)));
    writeFileSync(path("inputs"), bytes(network.inputs));
    const env: NodeJS.ProcessEnv = { ...process.env, ...malloc };
    for (const name of ["OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"]) env[name] = String(threads);
    delete env.OPENBLAS_CORETYPE;
    delete env.OPENBLAS_L2_SIZE;
    const numbers = [network.n, threads].map(String);
    const rest = [task, mode, String(count), String(repeats)];
    const argv = [script, path("network.json"), path("weights"), path("inputs"), ...numbers, ...rest];
    const printed = execFileSync(process.env.PYTHON ?? "/usr/bin/python3", argv, {
      env,
      encoding: "utf8",
      maxBuffer: 2 ** 28,
    });
    return JSON.parse(printed) as TorchRun;
  } finally {
    rmSync(folder, { recursive: true });
  }
}
