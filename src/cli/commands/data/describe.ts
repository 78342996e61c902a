import { z } from "zod";
import { describeData, openDataset, type DataDescription, type DataSummary } from "../../../data/index.js";
import { defineCommand } from "../../command.js";
import { counted, grouped, shown } from "../../numbers.js";
import { dataFlags, dataShape, outputFlags, outputShape } from "../../options.js";
import { fields, wrapped } from "../../table.js";

const { target, task, drop, missing, header } = dataShape;
const tableFlags = dataFlags.filter(({ syntax }) => /^--(target|task|drop|missing|header|no-header)\b/.test(syntax));

export const describeCommand = defineCommand({
  name: "data describe",
  summary: "show what a data set is like: shape, classes, repeated and nearest rows, warnings",
  operands: [{ syntax: "<spec>", key: "spec", description: "the data, as --data of a search takes it" }],
  flags: [...tableFlags, ...outputFlags],
  examples: ["eigennas data describe mnist", "eigennas data describe csv:iris.csv --target species --json"],
  schema: z.strictObject({ spec: z.string(), target, task, drop, missing, header, ...outputShape }),
  run: async ({ spec, json, ...options }, io) => {
    const source = await openDataset(spec, {
      cwd: io.cwd,
      ...(options.target === undefined ? {} : { target: options.target }),
      ...(options.task === undefined ? {} : { task: options.task }),
      ...(options.drop === undefined ? {} : { drop: options.drop }),
      ...(options.missing === undefined ? {} : { missing: options.missing }),
      ...(options.header === undefined ? {} : { header: options.header }),
    });
    const description = describeData(source);
    io.out(json ? `${JSON.stringify(description)}\n` : describeText(description, io.width));
    return 0;
  },
});

const range = ({ least, mean, largest, deviation }: DataSummary): string =>
  `${shown(least)} to ${shown(largest)}, mean ${shown(mean)}, standard deviation ${shown(deviation)}`;

function describeText(data: DataDescription, width: number): string {
  const { imageShape: image, classes, nearestPair: nearest } = data;
  const pairs: (readonly [string, string])[] = [
    ["rows", grouped(data.n)],
    ["inputs", `${grouped(data.d)}${image ? ` (${image.channels} x ${image.height} x ${image.width} pixels)` : ""}`],
    ...(classes ? [["classes", classText(classes)] as const] : []),
    ...(data.targets ? [["targets", range(data.targets)] as const] : []),
    ["values", range(data.values)],
    ["constant columns", grouped(data.constantColumns)],
    ["repeated rows", repeatedText(data)],
    ["rows of zeros", grouped(data.zeroRows)],
    ...(nearest
      ? [
          [
            "nearest pair",
            `rows ${nearest.rows[0] + 1} and ${nearest.rows[1] + 1}: ${shown(nearest.degrees, 4)} degrees apart, ` +
              `distance ${shown(nearest.distance, 4)} at unit norm (among ${counted(nearest.among, "row")})`,
          ] as const,
        ]
      : []),
    ["SHA-256", data.hash],
  ];
  const notes = data.notes.map((note) => wrapped(note, width, "  ")).join("");
  return `${data.spec}\n${fields(pairs)}${notes === "" ? "" : `notes\n${notes}`}`;
}

function repeatedText({ duplicates, conflicts }: DataDescription): string {
  if (duplicates === 0) return "0";
  return `${grouped(duplicates)}${conflicts > 0 ? `, ${grouped(conflicts)} with another label or target` : ""}`;
}

function classText(classes: NonNullable<DataDescription["classes"]>): string {
  const list = classes.slice(0, 20).map(({ name, rows }) => `${name}: ${grouped(rows)}`);
  const more = classes.length > 20 ? `, and ${classes.length - 20} more` : "";
  return `${classes.length} (${list.join(", ")}${more})`;
}
