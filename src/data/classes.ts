/** Class indices and the names they stand for. */
export interface Classes {
  readonly labels: Int32Array;
  readonly classNames: readonly string[];
}

/** Numbers 0..k-1 for the distinct values, in ascending order: numbers by size, text by code units. */
export function nameClasses(values: readonly (number | string)[]): Classes {
  const distinct = [...new Set(values)].sort((a, b) => (a < b ? -1 : 1));
  const index = new Map(distinct.map((value, k) => [value, k]));
  return { labels: Int32Array.from(values, (value) => index.get(value)!), classNames: distinct.map(String) };
}

export const oneClassNote = (name: string): string =>
  `There is only one class (${name}): scores that use labels say nothing.`;
