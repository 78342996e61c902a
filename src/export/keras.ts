import type { Preparation } from "../train/preparation.js";
import { kerasRows, preparationSource } from "./preparation-source.js";
import { shapedNodes, type GraphNode, type GraphOpKind, type Shape, type ShapedNode } from "../arch/graph.js";
import { AppError } from "../errors.js";
import { activationForm } from "./activation-forms.js";
import { statements, type Expression } from "./forward.js";
import { PythonNames, pythonName } from "./python-names.js";
import type { ExportedNetwork } from "./tensors.js";

type Form<K extends GraphOpKind> = (
  node: GraphNode & { readonly op: K },
  x: readonly string[],
  shaped: ShapedNode,
) => string;

const layer = (name: string, x: string, ...parts: readonly string[]): string =>
  `layers.${name}(${parts.join(", ")})(${x})`;
const named = (id: string): string => `name="${pythonName(id)}"`;
const biased = (bias: boolean | undefined): string[] => (bias === true ? [] : ["use_bias=False"]);

/** Zeros around an image, as PyTorch pads: Keras' "same" is another rule where strides are larger than 1. */
const framed = (x: string, padding: number): string => (padding === 0 ? x : layer("ZeroPadding2D", x, `${padding}`));

const forms: { readonly [K in GraphOpKind]: Form<K> } = {
  dense: ({ id, units, bias }, [x]) => layer("Dense", x, `${units}`, ...biased(bias), named(id)),
  conv: ({ id, channels, kernel, stride = 1, padding = 0, groups = 1, bias }, [x]) => {
    const same = stride === 1 && padding > 0 && 2 * padding === kernel - 1;
    const parts = [`${channels}`, `${kernel}`, ...(stride === 1 ? [] : [`strides=${stride}`])];
    const grouped = groups === 1 ? [] : [`groups=${groups}`];
    const frame = same ? ['padding="same"'] : [];
    return layer("Conv2D", same ? x : framed(x, padding), ...parts, ...frame, ...grouped, ...biased(bias), named(id));
  },
  norm: ({ id, epsilon = 1e-5 }, [x]) =>
    layer("BatchNormalization", x, "momentum=0.9", `epsilon=${epsilon}`, named(id)),
  layerNorm: ({ id, epsilon = 1e-5 }, [x]) => layer("LayerNormalization", x, `epsilon=${epsilon}`, named(id)),
  activation: ({ activation }, [x]) => activationForm(activation).keras(x),
  add: (_, xs) => (xs.length === 1 ? xs[0] : `layers.add([${xs.join(", ")}])`),
  concat: (_, xs) => (xs.length === 1 ? xs[0] : `layers.concatenate([${xs.join(", ")}])`),
  scale: ({ factor }, [x]) => `ops.multiply(${x}, ${factor})`,
  averagePool: (node, [x]) => layer("AveragePooling2D", x, ...pool(node)),
  maxPool: (node, [x]) => layer("MaxPooling2D", x, ...pool(node)),
  globalAverage: (_, [x]) => layer("GlobalAveragePooling2D", x),
  // Features in the order of channels first, as the weights have them.
  flatten: (_, [x], { inputs: [shape] }) =>
    shape.length === 1 ? x : layer("Flatten", layer("Permute", x, "(3, 1, 2)")),
  zero: (_, [x]) => `ops.zeros_like(${x})`,
};

/** Windows that Keras can say: without padding, or with the padding that keeps the size. */
function pool(node: GraphNode & { readonly op: "averagePool" | "maxPool" }): string[] {
  const { id, kernel, stride = 1, padding = 0 } = node;
  if (padding > 0 && (stride !== 1 || 2 * padding !== kernel - 1)) {
    throw new AppError(
      "usage",
      `Node "${id}": Keras has no pool of kernel ${kernel}, stride ${stride} and padding ${padding}.`,
      {
        hint: "Export to PyTorch or ONNX.",
      },
    );
  }
  return [`${kernel}`, `strides=${stride}`, ...(padding > 0 ? ['padding="same"'] : [])];
}

const shapeOf = (shape: Shape): string =>
  shape.length === 1 ? `(${shape[0]},)` : `(${shape[1]}, ${shape[2]}, ${shape[0]})`;

/**
 * A network as a function of Keras 3 in source code, channels last. `load_weights` reads an .npz file of the network's tensors.
 * @throws AppError "usage" for what Keras cannot express: an activation of one's own, pools with padding and a stride.
 */
export function toKeras(
  { graph }: ExportedNetwork,
  { title, preparation }: { readonly title: string; readonly preparation?: Preparation | undefined },
): string {
  const shaped = shapedNodes(graph);
  const expression: Expression = (item, inputs) => (forms[item.node.op] as Form<GraphOpKind>)(item.node, inputs, item);
  const { lines, result } = statements(shaped, graph.output, new Map([["input", "x"]]), expression, new PythonNames());
  const names = shaped
    .filter(({ node }) => ["dense", "conv", "norm", "layerNorm"].includes(node.op))
    .map(({ node: { id } }) => `    "${pythonName(id)}": "${id}",`);
  return `import numpy as np
import keras
from keras import layers, ops


def network():
    """${title}"""
    inputs = x = keras.Input(${shapeOf(graph.input)})
${lines.map((line) => `    ${line}`).join("\n")}${lines.length > 0 ? "\n" : ""}    return keras.Model(inputs, ${result})


${preparationSource(preparation, kerasRows)}# Name of each layer's tensors in the .npz file.
TENSORS = {
${names.join("\n")}
}


def load_weights(model, path):
    """Loads the .npz file that was written beside this source."""
    stored = np.load(path)
    for name, prefix in TENSORS.items():
        endings = ["weight", "bias", "running_mean", "running_var"]
        values = [stored[f"{prefix}.{ending}"] for ending in endings if f"{prefix}.{ending}" in stored]
        kernel = values[0]
        if kernel.ndim == 2:
            values[0] = kernel.T
        elif kernel.ndim == 4:
            values[0] = kernel.transpose(2, 3, 1, 0)
        model.get_layer(name).set_weights(values)
    return model


if __name__ == "__main__":
    network().summary()
`;
}
