export { readOnnx } from "./file.js";
export { fromOnnx, type ImportedNetwork, type ImportOptions } from "./from-onnx.js";
export { parametersOf, withRunningStatistics } from "./weights.js";
