export type { Backend, ChunkResult, PrimedRow, Task, TaskResults } from "./backend.js";
export { evaluateOn, scannerOn, type BankScanner } from "./evaluate.js";
export { finiteOn, type FiniteJob } from "./finite.js";
export { inlineBackend, poolBackend } from "./local.js";
