import { type Markup, html } from "./markup.js";

const superscripts = "⁰¹²³⁴⁵⁶⁷⁸⁹";

/** Ten to an integer power, as `10⁻³`. */
export const powerOfTen = (exponent: number): string =>
  `10${exponent < 0 ? "⁻" : ""}${String(Math.abs(exponent)).replace(/\d/g, (digit) => superscripts[Number(digit)])}`;

/**
 * A number for people, with `digits` significant digits: `0.3963`, `12.35`, `1.2 × 10⁻⁵`; an en dash when there is none.
 * Whole numbers below ten million are printed whole.
 */
export function formatNumber(value: number | null | undefined, digits = 4): string {
  if (value === null || value === undefined || Number.isNaN(value)) return "–";
  if (!Number.isFinite(value)) return value > 0 ? "∞" : "−∞";
  if (value === 0) return "0";
  const size = Math.abs(value);
  if (Number.isInteger(value) && size < 1e7) return sign(groups(String(value)));
  if (size >= 1e6 || size < 1e-3) {
    const [mantissa, exponent] = value.toExponential(digits - 1).split("e");
    return sign(`${mantissa} × ${powerOfTen(Number(exponent))}`);
  }
  const rounded = Number(size.toPrecision(digits));
  const decimals = Math.max(0, digits - 1 - Math.floor(Math.log10(rounded)));
  return sign(groups(value.toFixed(decimals)));
}

/** Digits that tell these numbers apart, three at least: -1.0973 and -1.0951 need five. */
export function digitsFor(values: readonly number[], least = 3): number {
  const finite = values.filter(Number.isFinite);
  const size = finite.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
  const range = finite.reduce((a, b) => Math.max(a, b), -Infinity) - finite.reduce((a, b) => Math.min(a, b), Infinity);
  return range > 0 ? Math.min(least + 4, least + Math.max(0, Math.floor(Math.log10(size / range)))) : least;
}

/** A whole number with thin spaces between groups of three: `1 234 567`. Takes text for numbers beyond 2^53. */
export const formatCount = (value: number | string): string => sign(groups(String(value)));

/** A duration in seconds: `0.35 s`, `12.4 s`, `3 min 20 s`, `2 h 5 min`. */
export function formatSeconds(seconds: number): string {
  if (!Number.isFinite(seconds)) return "–";
  if (seconds < 1) return `${seconds.toFixed(2)} s`;
  if (seconds < 60) return `${seconds.toFixed(1)} s`;
  const whole = Math.round(seconds);
  if (whole < 3600) return `${Math.floor(whole / 60)} min ${whole % 60} s`;
  return `${Math.floor(whole / 3600)} h ${Math.floor((whole % 3600) / 60)} min`;
}

/** A point of time as `24 Nov 2026, 04:19 UTC`; text that is no time is printed as it came. */
export function formatTime(iso: string): string {
  const time = new Date(iso);
  if (Number.isNaN(time.getTime())) return iso;
  const [, day, month, year, clock] = /^\w+, (\d+) (\w+) (\d+) (\d+:\d+)/.exec(time.toUTCString()) ?? [];
  return `${Number(day)} ${month} ${year}, ${clock} UTC`;
}

/** The formatted number with its full value to be read on hover. */
export function number(value: number | null | undefined, digits = 4): Markup {
  if (value === null || value === undefined || !Number.isFinite(value)) return html`${formatNumber(value)}`;
  return html`<span class="number" title="${String(value)}">${formatNumber(value, digits)}</span>`;
}

const groups = (text: string): string =>
  text.replace(/^-?\d{5,}/, (whole) => whole.replace(/\B(?=(\d{3})+$)/g, "\u202F"));

const sign = (text: string): string => text.replace(/^-/, "−");
