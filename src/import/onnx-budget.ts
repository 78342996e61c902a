import { BinaryReader, WireType } from "@bufbuild/protobuf/wire";
import { AppError } from "../errors.js";

/** What a message's fields are, as far as they cost more memory than bytes: messages, or packed numbers of a byte or more each. */
type FieldKind = MessageKind | "text" | "bytes" | "integers" | "floats";
type MessageKind = "model" | "graph" | "node" | "attribute" | "tensor";

/** Field numbers of onnx.proto; a field that is not listed is taken for as many messages as it has room for. */
const fields: Readonly<Record<MessageKind, Readonly<Record<number, FieldKind>>>> = {
  model: { 2: "text", 3: "text", 4: "text", 6: "text", 7: "graph" },
  graph: { 1: "node", 2: "text", 5: "tensor", 10: "text" },
  node: { 1: "text", 2: "text", 3: "text", 4: "text", 5: "attribute", 6: "text", 7: "text", 8: "text" },
  attribute: { 1: "text", 4: "bytes", 5: "tensor", 6: "graph", 7: "floats", 8: "integers", 13: "text", 21: "text" },
  tensor: { 1: "integers", 4: "floats", 5: "integers", 7: "integers", 8: "text", 9: "bytes", 10: "floats", 12: "text" },
};

/** Records, whole numbers and floats of a file at most: each takes far more memory than the two bytes that it may be long. */
const most = { records: 500_000, integers: 4_000_000, floats: 100_000_000 };

/** Graphs in attributes of nodes of graphs, and so on; three levels each. */
const deepest = 60;

/**
 * Walks through the bytes of an ONNX file without keeping anything, so that no file of a few bytes becomes objects of many.
 * @throws AppError "data" for lengths that lie, "limit" for more parts than a network has.
 */
export function checkBudget(bytes: Uint8Array): void {
  const used = { records: 0, integers: 0, floats: 0 };
  const spend = (what: keyof typeof used, count: number): void => {
    used[what] += count;
    if (used[what] <= most[what]) return;
    throw new AppError("limit", `The ONNX file has more than ${most[what].toLocaleString("en-US")} ${what}.`, {
      hint: "Weights belong into raw data; export the network once more with the exporter of its framework.",
    });
  };
  const walk = (kind: MessageKind, start: number, end: number, depth: number): void => {
    if (depth > deepest) throw new AppError("limit", `The ONNX file nests its parts more than ${deepest} deep.`);
    const reader = new BinaryReader(bytes.subarray(start, end));
    while (reader.pos < reader.len) {
      const [field, wire] = reader.tag();
      spend("records", 1);
      if (wire !== WireType.LengthDelimited) {
        reader.skip(wire, field, 1);
        continue;
      }
      const length = reader.uint32();
      const from = start + reader.pos;
      if (from + length > end) throw new AppError("data", `a part of ${length} bytes where ${end - from} are left`);
      reader.pos += length;
      const inside = fields[kind][field] as FieldKind | undefined;
      if (inside === undefined) spend("records", length >> 1);
      else if (inside === "integers") spend("integers", length);
      else if (inside === "floats") spend("floats", length >> 2);
      else if (inside !== "text" && inside !== "bytes") walk(inside, from, from + length, depth + 1);
    }
  };
  walk("model", 0, bytes.length, 0);
}
