import type { ScaleOptions } from "@observablehq/plot";
import { formatNumber, powerOfTen } from "../numbers.js";

/** A logarithmic axis over positive numbers, and where the values go that have no logarithm. */
export interface LogAxis {
  readonly floor: number;
  readonly scale: ScaleOptions;
  /** The value, or the axis' lower end for what lies below it (zero, or negative by rounding). */
  place(value: number): number;
}

/**
 * An axis that holds all of `values` that are positive, with whole powers of ten as ticks (1, 2, 5 when it spans less
 * than two decades, 1, 3 when less than three: d3 prints no label of higher digits there). Below the smallest of `values`, at most `tail` decades more are given to `extras` (lower bounds).
 */
export function logAxis(values: readonly number[], extras: readonly number[] = [], tail = 3): LogAxis {
  const most = greatest([...values, ...extras], 1);
  const least = Math.max(smallest(values, most / 10), most * 1e-18);
  const tailed = Math.max(Math.min(least, smallest(extras, least)), least * 10 ** -tail);
  const lowest = [...values, ...extras].every(isPositive) ? tailed : tailed / 10;
  const decades = Math.log10(most / lowest);
  const pad = 10 ** Math.max(0.06 * decades, 0.12);
  const domain: [number, number] = [lowest / pad, most * pad];
  const ticks = decades < 3.2 ? fineTicks(domain) : decadeTicks(domain);
  return {
    floor: domain[0],
    scale: { type: "log", domain, ticks, tickFormat: tickLabel, grid: true },
    place: (value) => (value > domain[0] ? value : domain[0]),
  };
}

const isPositive = (value: number): boolean => value > 0 && Number.isFinite(value);

const greatest = (values: readonly number[], otherwise: number): number =>
  values.filter(isPositive).reduce((a, b) => Math.max(a, b), 0) || otherwise;

const smallest = (values: readonly number[], otherwise: number): number => {
  const least = values.filter(isPositive).reduce((a, b) => Math.min(a, b), Infinity);
  return Number.isFinite(least) ? least : otherwise;
};

function decadeTicks([low, high]: readonly [number, number]): number[] {
  const first = Math.ceil(Math.log10(low));
  const last = Math.floor(Math.log10(high));
  const step = Math.max(1, Math.ceil((last - first) / 7));
  const ticks: number[] = [];
  for (let exponent = Math.ceil(first / step) * step; exponent <= last; exponent += step)
    ticks.push(Number(`1e${exponent}`));
  return ticks;
}

function fineTicks([low, high]: readonly [number, number]): number[] {
  const ticks: number[] = [];
  const decades = Math.log10(high / low);
  const narrow = [1, 1.2, 1.5, 2, 2.5, 3, 4, 5, 6, 7, 8, 9];
  const digits =
    decades > 1.7 ? [1, 3] : decades > 0.95 ? [1, 2, 5] : decades > 0.45 ? [1, 1.5, 2, 3, 4, 5, 7] : narrow;
  for (let exponent = Math.floor(Math.log10(low)); exponent <= Math.log10(high); exponent++) {
    for (const digit of digits) {
      const tick = Number(`${digit}e${exponent}`);
      if (tick >= low && tick <= high) ticks.push(tick);
    }
  }
  return ticks;
}

function tickLabel(value: unknown): string {
  const tick = Number(value);
  const exponent = Math.log10(tick);
  if (Math.abs(exponent - Math.round(exponent)) < 1e-9) {
    return exponent > -2.5 && exponent < 3.5 ? String(tick) : powerOfTen(Math.round(exponent));
  }
  return tick >= 1e-3 && tick < 1e4 ? String(tick) : formatNumber(tick, 2);
}
