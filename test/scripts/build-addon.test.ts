import { spawnSync } from "node:child_process";
import { chmodSync, cpSync, existsSync, mkdtempSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

let root = "";

beforeAll(() => {
  root = mkdtempSync(join(tmpdir(), "eigennas-addon-"));
  cpSync("native", join(root, "native"), { recursive: true });
  mkdirSync(join(root, "scripts"));
  cpSync("scripts/build-addon.mjs", join(root, "scripts/build-addon.mjs"));
});
afterAll(() => rmSync(root, { recursive: true, force: true }));

/** Runs the install script with nothing but these variables; it must succeed whatever happens. */
function install(env: Record<string, string>): string {
  const { status, stdout, stderr } = spawnSync(process.execPath, [join(root, "scripts/build-addon.mjs")], {
    env,
    encoding: "utf8",
  });
  expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
  expect(existsSync(join(root, "build", "eigennas.node"))).toBe(false);
  return stdout;
}

describe("building the addon at install", () => {
  it("is skipped when asked", () => {
    expect(install({ EIGENNAS_SKIP_ADDON: "1", PATH: process.env.PATH ?? "" })).toMatch(
      /^eigennas: addon skipped .*\n$/,
    );
  });

  it("says in one line that there is no compiler, and succeeds", () => {
    expect(install({ PATH: "" })).toMatch(
      /^eigennas: (addon not built: no C\+\+ compiler|no addon for) .*WebAssembly.*\n$/,
    );
  });

  it("says in one line why a compiler failed, and succeeds without leftovers", () => {
    if (process.platform === "win32") return;
    const compiler = join(root, "broken-compiler");
    writeFileSync(
      compiler,
      '#!/bin/sh\n[ "$1" = --version ] && exit 0\necho "fatal error: no space left" >&2\nexit 1\n',
    );
    chmodSync(compiler, 0o755);
    const line = install({ CXX: compiler, PATH: "/usr/bin:/bin" });
    expect(line).toMatch(/^eigennas: (addon not built: .*(no space left|no node_api\.h)|no addon for).*\n$/);
  });
});
