import { execFileSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { describe, it } from "vitest";

describe("API pages", () => {
  it("typedoc finds every public type and link (warnings are errors)", () => {
    const root = fileURLToPath(new URL("../..", import.meta.url));
    execFileSync("npx", ["typedoc", "--emit", "none"], { cwd: root, stdio: "pipe" });
  });
});
