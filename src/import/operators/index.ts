import type { NodeContext } from "../context.js";
import { NotImported, type Value } from "../values.js";
import { binary, sum } from "./arithmetic.js";
import { functionOperators } from "./functions.js";
import { conv, gemm, matMul } from "./linear.js";
import { batchNorm, layerNorm } from "./norms.js";
import { averagePool, globalAverage, globalMax, maxPool, reduceMean } from "./pools.js";
import {
  concat,
  constant,
  constantOfShape,
  flatten,
  gather,
  pad,
  reshape,
  shapeOf,
  slice,
  squeeze,
  transpose,
  unsqueeze,
} from "./shapes.js";

/** What goes in comes out. */
const passed = (context: NodeContext): Value => {
  const [value] = context.inputs;
  if (value === undefined) throw new NotImported("no input");
  return value;
};

function dropout(context: NodeContext): Value {
  const training = context.maybe(2)?.values[0] ?? 0;
  for (const name of ["ratio", "is_test", "seed"]) context.attribute(name);
  if (training !== 0) context.builder.notes.add("Dropout is left out.");
  return passed(context);
}

/** At the output, where the kernel is that of what goes in. */
function softmax(context: NodeContext): Value {
  context.attribute("axis");
  if (!context.isOutput) throw new NotImported("a softmax within the network (attention)");
  context.builder.notes.add(`${context.node.op} at the output is left out: outputs are the logits.`);
  return passed(context);
}

function cast(context: NodeContext): Value {
  for (const name of ["to", "saturate", "round_mode"]) context.attribute(name);
  return passed(context);
}

/** Every operator that is read. */
export const operators: Readonly<Record<string, (context: NodeContext) => Value>> = {
  ...functionOperators,
  Add: binary("Add"),
  Sub: binary("Sub"),
  Mul: binary("Mul"),
  Div: binary("Div"),
  Pow: binary("Pow"),
  Max: binary("Max"),
  Min: binary("Min"),
  Sum: sum,
  Conv: conv,
  Gemm: gemm,
  MatMul: matMul,
  BatchNormalization: batchNorm,
  LayerNormalization: layerNorm,
  AveragePool: averagePool,
  MaxPool: maxPool,
  GlobalAveragePool: (context) => globalAverage(context),
  GlobalMaxPool: globalMax,
  ReduceMean: reduceMean,
  Flatten: flatten,
  Reshape: reshape,
  Squeeze: squeeze,
  Unsqueeze: unsqueeze,
  Shape: shapeOf,
  Gather: gather,
  Slice: slice,
  ConstantOfShape: constantOfShape,
  Concat: concat,
  Transpose: transpose,
  Pad: pad,
  Constant: constant,
  Identity: passed,
  Dropout: dropout,
  Cast: cast,
  Softmax: softmax,
  LogSoftmax: softmax,
};
