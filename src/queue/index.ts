export type { Backend, ChunkResult, PrimedRow, Task, TaskResults } from "./backend.js";
export { evaluateOn, scannerOn, type BankScanner } from "./evaluate.js";
export { inlineBackend, poolBackend } from "./local.js";
