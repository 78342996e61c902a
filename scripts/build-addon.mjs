// Builds native/addon.cc to build/eigennas.node with the system's C++ compiler; run by `npm install`. Without a
// compiler or headers it says so in one line and succeeds: eigennas then uses its WebAssembly kernels.
import { execFile, spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, renameSync, rmSync, statSync } from "node:fs";
import { dirname, join } from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

const root = join(dirname(fileURLToPath(import.meta.url)), "..");
const source = (name) => join(root, "native", name);
const build = join(root, "build");
const target = join(build, "eigennas.node");
const say = (text) => process.stdout.write(`eigennas: ${text}\n`);
const withoutAddon = "the slower WebAssembly kernels will be used";

/** Instruction sets by processor: name and compiler flags. `baseline` is what every machine of the kind has. */
const variants = {
  x64: [
    ["avx512", ["-mavx512f", "-mavx512dq", "-mavx512vl", "-mavx512bw", "-mfma"]],
    ["avx2", ["-mavx2", "-mfma"]],
    ["baseline", []],
  ],
  arm64: [["baseline", []]],
}[process.arch];

const findCompiler = () =>
  [process.env.CXX, "c++", "g++", "clang++"]
    .filter((name) => name !== undefined && name !== "")
    .find((name) => spawnSync(name, ["--version"], { stdio: "ignore" }).status === 0);

const findHeaders = () =>
  [join(dirname(process.execPath), "..", "include", "node"), "/usr/include/node", "/usr/local/include/node"].find(
    (folder) => existsSync(join(folder, "node_api.h")),
  );

const upToDate = () =>
  existsSync(target) &&
  [
    ...readdirSync(source(""))
      .filter((name) => /\.(cc|h)$/.test(name))
      .map(source),
    fileURLToPath(import.meta.url),
  ].every((file) => statSync(file).mtimeMs < statSync(target).mtimeMs);

async function compile(compiler, headers) {
  const run = promisify(execFile);
  const flags = [
    "-std=c++17",
    "-O3",
    "-fPIC",
    "-fvisibility=hidden",
    "-ffp-contract=fast",
    "-fno-math-errno",
    "-Wno-psabi",
  ];
  mkdirSync(build, { recursive: true });
  const work = (name) => join(build, `${process.pid}-${name}`);
  const files = [];
  const object = (name, file, more) => {
    files.push(work(name));
    return run(compiler, [...flags, ...more, "-c", source(file), "-o", work(name)]);
  };
  try {
    await Promise.all([
      object("addon.o", "addon.cc", ["-I", headers]),
      ...variants.map(([name, more]) => object(`${name}.o`, "variant.cc", [`-DVARIANT=${name}`, ...more])),
    ]);
    const late = process.platform === "darwin" ? ["-undefined", "dynamic_lookup"] : [];
    await run(compiler, ["-shared", "-pthread", ...late, ...files, "-o", work("out")]);
    // A new file, so that a process that has the old one loaded keeps it.
    renameSync(work("out"), target);
  } finally {
    for (const file of [...files, work("out")]) rmSync(file, { force: true });
  }
}

async function main() {
  if (process.env.EIGENNAS_SKIP_ADDON === "1") return say(`addon skipped (EIGENNAS_SKIP_ADDON=1); ${withoutAddon}`);
  if (variants === undefined || process.platform === "win32")
    return say(`no addon for ${process.platform}-${process.arch}; ${withoutAddon}`);
  if (upToDate()) return;
  const compiler = findCompiler();
  if (compiler === undefined) return say(`addon not built: no C++ compiler (CXX, c++, g++, clang++); ${withoutAddon}`);
  const headers = findHeaders();
  if (headers === undefined) return say(`addon not built: no node_api.h next to ${process.execPath}; ${withoutAddon}`);
  try {
    await compile(compiler, headers);
  } catch (error) {
    const line = String(error.stderr ?? error.message)
      .split("\n")
      .find((text) => /error/i.test(text));
    say(`addon not built: ${compiler} failed (${(line ?? error.message).trim()}); ${withoutAddon}`);
  }
}

await main();
