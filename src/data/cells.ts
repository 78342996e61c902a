/** A finite number as people write it; hexadecimal, blanks and words are not numbers. */
export const isNumber = (cell: string): boolean => /^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?$/.test(cell);

/** An empty cell, or a word for "no value" or for a number that is not finite. */
export const isMissing = (cell: string): boolean => /^(|\?|na|n\/a|null|none|[+-]?(nan|inf|infinity))$/i.test(cell);

/** Text without control characters, which could move the cursor of a terminal; tabs and line ends stay. */
// eslint-disable-next-line no-control-regex -- those are meant
export const printable = (name: string): string => name.replace(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f]+/g, " ");

/** No value, in a column of numbers. */
export const isGap = (cell: string): boolean => /^(|\?|\.|-|--|#?n\/?a|null|none|nan|nil)$/i.test(cell);

/** No value, in a column of words: "none" is a word. */
export const isWordGap = (cell: string): boolean => /^(|\?|#?n\/?a|null|nan)$/i.test(cell);

/** 1,5 as it is written where the comma is the decimal sign. */
export const isDecimalComma = (cell: string): boolean => /^[+-]?\d+,\d+([eE][+-]?\d+)?$/.test(cell);

/** Three digits after one to three others could be thousands. */
const couldBeThousands = (cell: string): boolean => /^[+-]?[1-9]\d{0,2},\d{3}$/.test(cell);

const month = "(jan|feb|mar|apr|may|mai|jun|jul|aug|sep|oct|okt|nov|dec|dez)[a-z]*\\.?";
const time = "\\d{1,2}:\\d{2}(:\\d{2}(\\.\\d+)?)?\\s*([ap]m)?\\s*(z|[+-]\\d{2}:?\\d{2})?";
const days = [
  "\\d{4}[-/.]\\d{1,2}[-/.]\\d{1,2}",
  "\\d{1,2}[-/.]\\d{1,2}[-/.](\\d{4}|\\d{2})",
  `\\d{1,2}[ .-]+${month}[ .-]+(\\d{4}|\\d{2})`,
  `${month} \\d{1,2},? \\d{4}`,
];
const datePattern = new RegExp(`^(((${days.join("|")})([t ]+${time})?)|${time})$`, "i");

/** A calendar date, a time of day, or both, as people and programs write them. */
export const isDate = (cell: string): boolean => datePattern.test(cell);

/** How a column of numbers is written, or `words`. */
export type ColumnWriting = "numbers" | "decimal commas" | "dates" | "words" | "nothing";

/**
 * What a column holds, from its cells: `numbers` when at least half of its values are numbers (the others are errors to be
 * named), `decimal commas` when all are and some are written 1,5 in a file that is not separated by commas.
 */
export function writingOf(cells: readonly string[], delimiter: string): ColumnWriting {
  let [values, numbers, points, commas, unclear, dates] = [0, 0, 0, 0, 0, 0];
  for (const cell of cells) {
    if (isGap(cell)) continue;
    values++;
    if (isNumber(cell)) {
      numbers++;
      if (cell.includes(".")) points++;
    } else if (isDecimalComma(cell)) {
      commas++;
      if (couldBeThousands(cell)) unclear++;
    } else if (isDate(cell)) dates++;
  }
  if (values === 0) return cells.some((cell) => !isWordGap(cell)) ? "words" : "nothing";
  const clear = delimiter !== "," && commas > unclear && points === 0;
  if (commas > 0 && numbers + commas === values && clear) return "decimal commas";
  if (2 * (numbers + commas) >= values) return "numbers";
  return dates === values ? "dates" : "words";
}

/** The number in a cell; NaN when it is none. */
export const numberIn = (cell: string, decimalComma: boolean): number => {
  const text = decimalComma ? cell.replace(",", ".") : cell;
  return isNumber(text) ? Number(text) : NaN;
};
