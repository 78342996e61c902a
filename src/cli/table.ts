/** A column of a text table. */
export interface Column {
  readonly title: string;
  readonly align?: "left" | "right";
}

/** Rows under titles, columns two blanks apart, numbers to the right; every line ends with a newline. */
export function textTable(columns: readonly Column[], rows: readonly (readonly string[])[]): string {
  const widths = columns.map(({ title }, k) => Math.max(length(title), ...rows.map((row) => length(row[k]))));
  const line = (cells: readonly string[]): string =>
    cells
      .map((cell, k) => {
        const room = " ".repeat(widths[k] - length(cell));
        return columns[k].align === "left" ? cell + room : room + cell;
      })
      .join("  ")
      .trimEnd();
  return [line(columns.map(({ title }) => title)), ...rows.map(line)].map((text) => `${text}\n`).join("");
}

/** `name: value` lines with aligned values, indented by two. */
export function fields(pairs: readonly (readonly [name: string, value: string])[]): string {
  const width = Math.max(0, ...pairs.map(([name]) => length(name)));
  return pairs.map(([name, value]) => `  ${name}${" ".repeat(width - length(name))}  ${value}\n`).join("");
}

/** Text broken at blanks into lines of at most `width`, each indented. */
export function wrapped(text: string, width: number, indent = ""): string {
  const lines: string[] = [];
  let line = "";
  for (const word of text.split(/\s+/)) {
    if (line !== "" && length(line) + 1 + length(word) > width - indent.length) {
      lines.push(line);
      line = word;
    } else line = line === "" ? word : `${line} ${word}`;
  }
  return [...lines, line].map((part) => `${indent}${part}\n`).join("");
}

/** Characters as they are drawn: a letter with its combining marks counts once. */
const length = (text: string): number => Array.from(segmenter.segment(text)).length;

const segmenter = new Intl.Segmenter("en");
