import { numbers } from "./entry.js";

/** Entry of the page's Web Worker: answers with the numbers, or with what went wrong. */
const scope = globalThis as unknown as { postMessage(message: unknown): void };
numbers().then(
  (found) => scope.postMessage({ numbers: found }),
  (error: unknown) => scope.postMessage({ error: String(error) }),
);
