/** `tsx benchmarks/finite-memory.ts cell|mlp`: one kernel on two threads in a process of its own; prints its peak memory in MB and its seconds. */
import { readFileSync } from "node:fs";
import { chooseEngine } from "../src/kernels/finite/engine/choose.js";
import { CompiledNtk } from "../src/kernels/finite/compiled-ntk.js";
import { cells, mlp, randomBatch } from "./finite-networks.js";

const [graph, n] = process.argv[2] === "cell" ? [cells.all3(), 64] : [mlp(4096), 1000];
const batch = randomBatch(graph, n);
const start = performance.now();
new CompiledNtk(graph, n, chooseEngine().engine, { bn: "instance", threads: 2 }).kernel(batch);
const seconds = (performance.now() - start) / 1000;
// Not resourceUsage, whose peak a child inherits from its parent.
const [, kilobytes] = /^VmHWM:\s+(\d+) kB/m.exec(readFileSync("/proc/self/status", "utf8"))!;
console.log(JSON.stringify({ megabytes: Number(kilobytes) / 1024, seconds }));
