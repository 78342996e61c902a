import { join, relative, resolve } from "node:path";
import { z } from "zod";
import { getDataset, remoteDataset, remoteDatasets, type DownloadEvent } from "../../../data/download/index.js";
import { downloadFolder } from "../../../data/folders.js";
import { AppError } from "../../../errors.js";
import { defineCommand } from "../../command.js";
import { interruptedExit } from "../../io.js";
import { duration } from "../../numbers.js";
import { flag, outputFlags, outputShape } from "../../options.js";
import { statusLine, type StatusLine } from "../../progress.js";

const names = remoteDatasets.map(({ name }) => name);

export const getCommand = defineCommand({
  name: "data get",
  summary: "download a public data set from its official address, with checksum; a second call goes on or does nothing",
  operands: [{ syntax: "<name>", key: "name", description: names.join(", ") }],
  flags: [
    {
      syntax: "--to <folder>",
      description: "folder for the files (default: .eigennas/data/NAME here, where --data NAME finds them)",
    },
    { syntax: "--from <url>", description: "a mirror that has the files, instead of the official addresses" },
    { syntax: "--quiet", description: "no progress on stderr" },
    ...outputFlags,
  ],
  examples: ["eigennas data get fashion-mnist", "eigennas data get cifar10 --to /data/cifar10"],
  schema: z.strictObject({
    name: z.string(),
    to: z.string().min(1, "expected a folder").optional(),
    from: z
      .string()
      .regex(/^https?:\/\//, "expected an address that begins with http:// or https://")
      .optional(),
    quiet: flag,
    ...outputShape,
  }),
  run: async ({ name, to, from, quiet, json }, io) => {
    const dataset = remoteDataset(name);
    const shown = to ?? downloadFolder(name);
    const folder = resolve(io.cwd, shown);
    const line = statusLine(io, quiet);
    line.note(`${dataset.title}, to ${shown}`);
    const abort = new AbortController();
    const stopListening = io.onInterrupt(() => abort.abort());
    try {
      const onEvent = tell(line, () => io.now());
      const { files, present } = await getDataset(dataset, { folder, from, signal: abort.signal, onEvent });
      line.end();
      const spec = specOf(name, shown, resolve(io.cwd, downloadFolder(name)) === folder);
      const answer = { name, folder, files, present, spec };
      io.out(
        json
          ? `${JSON.stringify(answer)}\n`
          : `${present ? "Already there and complete" : "Complete"}: ${relative(io.cwd, folder) || "."} holds ${files.join(", ")}.\nUse it: --data ${spec}\n`,
      );
      return 0;
    } catch (error) {
      line.end();
      if (!(error instanceof AppError && error.code === "cancelled")) throw error;
      io.err("Stopped. What came is kept; the same command goes on from there.\n");
      return interruptedExit;
    } finally {
      stopListening();
      line.end();
    }
  },
});

/** How `--data` names what was downloaded. */
function specOf(name: string, folder: string, usualPlace: boolean): string {
  if (usualPlace) return name;
  if (name.startsWith("cifar")) return `${name}:${folder}`;
  return `idx:${join(folder, "train-images-idx3-ubyte.gz")},${join(folder, "train-labels-idx1-ubyte.gz")}`;
}

const megabytes = (bytes: number): string => `${(bytes / 1e6).toFixed(1)} MB`;

function tell(line: StatusLine, now: () => number): (event: DownloadEvent) => void {
  let begun: { readonly file: string; readonly at: number; readonly received: number } | undefined;
  return (event) => {
    const { type, file } = event;
    if (type === "progress") {
      const { received, bytes } = event;
      if (begun?.file !== file) begun = { file, at: now(), received };
      const { at, received: before } = begun;
      line.update(() => {
        const rate = (received - before) / Math.max(1e-3, (now() - at) / 1000);
        const left = rate > 0 && received < bytes ? ` · ${duration((bytes - received) / rate)} left` : "";
        return `${file}: ${megabytes(received)} of ${megabytes(bytes)} · ${megabytes(rate)}/s${left}`;
      });
    } else if (type === "retry") line.note(`${event.reason}; the next attempt is in ${event.seconds.toFixed(1)} s`);
    else line.note(`${file}: ${words[type]}`);
  };
}

const words = { present: "already there", checked: "downloaded, checksum right", unpacked: "unpacked" } as const;
