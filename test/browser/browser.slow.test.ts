import { spawn } from "node:child_process";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { describe, expect, it } from "vitest";
import { numbers } from "./entry.js";

const chromium = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"].find((path) =>
  existsSync(path),
);
const flags = [
  "--headless",
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];
const page = `<!doctype html><meta charset="utf-8"><script>
const worker = new Worker("/worker.js");
const answer = (body) => fetch("/answer", { method: "POST", body: JSON.stringify(body) });
worker.onmessage = ({ data }) => answer(data);
worker.onerror = (event) => answer({ error: event.message });
</script>`;

/** Serves the page and its worker, opens it in headless Chromium, resolves with what the worker found. */
async function answerOfPage(script: string): Promise<{ numbers?: number[]; error?: string }> {
  const profile = mkdtempSync(join(tmpdir(), "eigennas-browser-"));
  let settle: (answer: { numbers?: number[]; error?: string }) => void = () => undefined;
  const answer = new Promise<{ numbers?: number[]; error?: string }>((resolve) => (settle = resolve));
  const server = createServer((request, response) => {
    if (request.url === "/answer") {
      let body = "";
      request.on("data", (chunk: Buffer) => (body += chunk.toString()));
      request.on("end", () => {
        response.end();
        settle(JSON.parse(body) as { numbers?: number[] });
      });
      return;
    }
    const isScript = request.url === "/worker.js";
    response.setHeader("content-type", isScript ? "text/javascript" : "text/html");
    response.end(isScript ? script : page);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  const browser = spawn(
    chromium!,
    [...flags, `--user-data-dir=${profile}`, "--remote-debugging-port=0", `http://127.0.0.1:${port}/`],
    { stdio: "ignore", detached: true },
  );
  const timer = setTimeout(() => settle({ error: "no answer within 120 s" }), 120_000);
  try {
    return await answer;
  } finally {
    clearTimeout(timer);
    // With its children, which would go on writing into the profile.
    process.kill(-browser.pid!, "SIGKILL");
    await new Promise((resolve) => browser.once("exit", resolve));
    server.closeAllConnections();
    server.close();
    rmSync(profile, { recursive: true, force: true, maxRetries: 10, retryDelay: 200 });
  }
}

describe("in a browser", () => {
  it.skipIf(chromium === undefined)(
    "a Web Worker of a page finds Node's numbers to 1e-12, infinite and finite width",
    async () => {
      const bundle = await build({
        entryPoints: [fileURLToPath(new URL("./worker.ts", import.meta.url))],
        bundle: true,
        write: false,
        format: "iife",
        platform: "browser",
      });
      const found = await answerOfPage(bundle.outputFiles[0].text);
      expect(found.error).toBeUndefined();
      const expected = await numbers();
      expect(found.numbers).toHaveLength(expected.length);
      expected.forEach((value, i) => expect(Math.abs(found.numbers![i] / value - 1)).toBeLessThan(1e-12));
    },
  );
});
