import type { Preparation } from "../train/preparation.js";

/** How the last step of `prepare` is written, and the way to the arrays' place among the axes. */
interface Framework {
  readonly result: (rows: string) => string;
  /** Arrays by channel belong to the last axis where that is the channels'. */
  readonly array: (name: string) => string;
}

export const torchRows: Framework = {
  result: (rows) => `torch.from_numpy(${rows}.astype(np.float32))`,
  array: (name) => `stored["${name}"]`,
};

export const kerasRows: Framework = {
  result: (rows) => `${rows}.astype(np.float32)`,
  array: (name) => `stored["${name}"].reshape(-1)`,
};

/** Python that prepares raw rows as the network was trained on them, and reads its outputs; empty when nothing is known. */
export function preparationSource(preparation: Preparation | undefined, framework: Framework): string {
  if (preparation === undefined) return "";
  const { columns, mean, factor, bias, norm, target, classes } = preparation;
  const fitted = mean !== undefined && factor !== undefined;
  const lines = [
    ...(fitted
      ? [
          "stored = np.load(path)",
          `rows = (np.asarray(rows, np.float64) - ${framework.array("inputs.mean")}) * ${framework.array("inputs.factor")}`,
        ]
      : ["rows = np.asarray(rows, np.float64)"]),
    ...(bias ? ["rows = np.concatenate([rows, np.ones((len(rows), 1))], 1)"] : []),
    ...(norm === undefined ? [] : [`rows = rows * (${norm} / np.linalg.norm(rows, axis=1, keepdims=True))`]),
    `return ${framework.result("rows")}`,
  ];
  const parts = [
    ...(columns === undefined
      ? []
      : [`# Columns of a raw row; a word has a column for each of its values, 1 or 0.\nCOLUMNS = ${list(columns)}`]),
    ...(classes === undefined ? [] : [`# What the outputs stand for.\nCLASSES = ${list(classes)}`]),
    [
      `def prepare(rows${fitted ? ", path" : ""}):`,
      `    """Raw rows as the network reads them${fitted ? "; path: the .npz file beside this source" : ""}."""`,
      ...lines.map((line) => `    ${line}`),
    ].join("\n"),
    ...(target === undefined
      ? []
      : [
          `def values(outputs):\n    """Outputs of the network in the units of the target."""\n    return outputs * ${target.deviation} + ${target.mean}`,
        ]),
  ];
  return `${parts.join("\n\n\n")}\n\n\n`;
}

/** A Python list of strings; JSON's escapes are Python's. */
const list = (words: readonly string[]): string => `[${words.map((word) => JSON.stringify(word)).join(", ")}]`;
