import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import type { GraphArchitecture } from "../../src/arch/graph.js";
import { cellNetwork } from "../../src/index.js";
import { toKeras } from "../../src/export/keras.js";
import { toPytorch } from "../../src/export/pytorch.js";
import { exportedNetwork, initialTensors } from "../../src/export/tensors.js";
import { lower } from "../../src/kernels/finite/lower.js";
import { tensorsToNpz } from "../../src/train/npz.js";
import { everyOperator, randomNetworks } from "./networks.js";
import { inputsOf, referenceOutputs, trainedLike } from "./support.js";

const samples = 3;
const python = "/usr/bin/python3";
const hasTorch = (() => {
  try {
    execFileSync(python, ["-c", "import torch, numpy"], { stdio: "ignore" });
    return true;
  } catch {
    return false;
  }
})();

interface Difference {
  readonly torch: number;
  readonly keras: number;
  readonly parameters: number;
}

/** Writes everything of some networks to folders and runs their sources, all in one process. */
function differences(networks: readonly (readonly [GraphArchitecture, boolean])[]): readonly Difference[] {
  const root = mkdtempSync(join(tmpdir(), "eigennas-sources-"));
  try {
    const folders = networks.map(([graph, trained], i) => {
      const folder = join(root, `${i}`);
      mkdirSync(folder);
      const drawn = initialTensors(graph, "kaiming", i);
      const tensors = trained ? trainedLike(drawn, `${i}`) : drawn;
      const network = exportedNetwork(graph, tensors);
      const torch = toPytorch(network, { title: "A network.", init: "ntk" });
      writeFileSync(join(folder, "torch_network.py"), torch.source);
      writeFileSync(join(folder, "weights.npz"), tensorsToNpz(torch.tensors));
      writeFileSync(join(folder, "keras_network.py"), toKeras(network, { title: "A network." }));
      writeFileSync(join(folder, "tensors.npz"), tensorsToNpz(tensors));
      const inputs = inputsOf(graph, samples, `${i}`);
      const outputs = referenceOutputs(graph, tensors, samples, inputs);
      const data = [
        { name: "inputs", shape: [samples, ...graph.input], values: inputs },
        { name: "outputs", shape: [samples, outputs.length / samples], values: outputs },
      ];
      writeFileSync(join(folder, "data.npz"), tensorsToNpz(data));
      return folder;
    });
    const script = fileURLToPath(new URL("./run_sources.py", import.meta.url));
    return JSON.parse(execFileSync(python, [script, ...folders], { encoding: "utf8" })) as Difference[];
  } finally {
    rmSync(root, { recursive: true, force: true });
  }
}

const parametersOf = (graph: GraphArchitecture): number =>
  lower(graph).parameters.reduce((sum, { shape }) => sum + shape.reduce((product, size) => product * size, 1), 0);

describe.skipIf(!hasTorch)("PyTorch and Keras sources under Debian's torch, against the float64 reference", () => {
  it.each(Object.keys(randomNetworks))("30 random networks of %s, initial and trained: outputs within 1e-5", (name) => {
    const graphs = Array.from({ length: 30 }, (_, key) => randomNetworks[name](key));
    const networks = graphs.flatMap((graph) => [[graph, false] as const, [graph, true] as const]);
    differences(networks).forEach(({ torch, keras, parameters }, i) => {
      const label = `${name} ${i}`;
      expect(torch, label).toBeLessThan(1e-5);
      // The stand-in for Keras computes in float64; what remains is the rounding of the stored outputs to float32.
      expect(keras, label).toBeLessThan(1e-6);
      expect(parameters, label).toBe(parametersOf(networks[i][0]));
    });
  });

  it("every operator, and whole cells, repeated as classes", () => {
    const cell = cellNetwork(["conv3", "avg", "skip", "conv1", "none", "conv3"]);
    for (const { torch, keras } of differences([
      [everyOperator, true],
      [cell, true],
      [cellNetwork(Array<string>(6).fill("none"), { imageSize: 8 }), true],
    ])) {
      expect(torch).toBeLessThan(1e-5);
      expect(keras).toBeLessThan(1e-6);
    }
  });
});
