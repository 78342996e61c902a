export { openStore } from "./sqlite.js";
export type * from "./types.js";
