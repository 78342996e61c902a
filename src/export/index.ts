/** Networks for other tools: ONNX, PyTorch, Keras (`eigennas/export`). */
export { toKeras } from "./keras.js";
export { toOnnx, type OnnxOptions } from "./onnx.js";
export { toPytorch, type PytorchSource, type SourceOptions } from "./pytorch.js";
export { exportedNetwork, initialTensors, type ExportedNetwork } from "./tensors.js";
export { tensorsToNpz } from "../train/npz.js";
export { preparationJson, preparationTensors, splitTensors, type Preparation } from "../train/preparation.js";
export type { NamedTensor } from "../train/types.js";
