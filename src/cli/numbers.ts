/** A number for a terminal with `digits` significant digits; "-" when there is none. */
export function shown(value: number | null | undefined, digits = 6): string {
  if (value === null || value === undefined || Number.isNaN(value)) return "-";
  if (!Number.isFinite(value)) return value > 0 ? "inf" : "-inf";
  if (value === 0) return "0";
  const size = Math.abs(value);
  if (Number.isInteger(value) && size < 1e12) return grouped(value);
  if (size >= 1e6 || size < 1e-4) return value.toExponential(digits - 1);
  return value.toFixed(Math.max(0, digits - 1 - Math.floor(Math.log10(size))));
}

/** `1,234,567`. */
export const grouped = (value: number | bigint): string => value.toLocaleString("en-US");

/** `0.35 s`, `12.4 s`, `3 min 20 s`, `2 h 5 min`. */
export function duration(seconds: number): string {
  if (seconds < 10) return `${seconds.toFixed(seconds < 1 ? 2 : 1)} s`;
  if (seconds < 59.5) return `${Math.round(seconds)} s`;
  const whole = Math.round(seconds);
  if (whole < 3600) return `${Math.floor(whole / 60)} min ${whole % 60} s`;
  return `${grouped(Math.floor(whole / 3600))} h ${Math.floor((whole % 3600) / 60)} min`;
}

/** `1 row`, `3 rows`. */
export const counted = (count: number | bigint, noun: string): string =>
  `${grouped(count)} ${noun}${BigInt(count) === 1n ? "" : "s"}`;
