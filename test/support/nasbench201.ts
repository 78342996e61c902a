import { existsSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { gunzipSync } from "node:zlib";

const folder = fileURLToPath(new URL("../../../shared/data/nasbench201/", import.meta.url));

/** Rows of a table beside the checkout, by column; undefined when it is not there. */
export function benchmarkRows(name = "nasbench201"): ReadonlyMap<string, string>[] | undefined {
  const path = `${folder}${name}.csv.gz`;
  if (!existsSync(path)) return undefined;
  const [header, ...lines] = gunzipSync(readFileSync(path)).toString("utf8").trimEnd().split("\n");
  const columns = header.split(",");
  return lines.map((line) => {
    const values = line.split(",");
    return new Map(columns.map((column, k) => [column, values[k]]));
  });
}
