/** Compiled kernels of finite networks, and the engines that run them (`eigennas/finite`). */
export { CompiledNtk, type CompiledOptions } from "./compiled-ntk.js";
export { limitedNtk, type DrawnNtk } from "./limited-ntk.js";
export {
  explainProgram,
  type ExplainedNode,
  type ProgramExplanation,
  type ProgramStep,
  type Work,
} from "./compile/explain.js";
export type { Operand } from "./engine/costs.js";
export { NotCompiled } from "./compile/not-compiled.js";
export { chooseEngine, type ChosenEngine } from "./engine/choose.js";
export type { FiniteEngine } from "./engine/engine.js";
export { EngineMemory } from "./engine/memory.js";
export { referenceEngine } from "./engine/interpreter.js";
export { wasmEngine } from "./engine/wasm.js";
export { NtkProduct, type ProductOptions } from "./ntk-product.js";
