import { formatNumber } from "../numbers.js";
import { type LogAxis, logAxis } from "./log-axis.js";

/** An axis for scores of any kind: logarithmic, or linear where values may be zero or negative. */
export interface ScoreAxis extends LogAxis {
  readonly logarithmic: boolean;
}

/** Above this ratio of the largest to the smallest, positive values get a logarithmic axis. */
const wide = 4;

/** An axis that holds all finite `values`; `scale` decides its kind, or the values do. */
export function scoreAxis(values: readonly number[], scale?: "linear" | "log"): ScoreAxis {
  const finite = values.filter(Number.isFinite);
  const low = finite.reduce((a, b) => Math.min(a, b), Infinity);
  const high = finite.reduce((a, b) => Math.max(a, b), -Infinity);
  const logarithmic = scale === undefined ? low > 0 && high > wide * low : scale === "log" && low > 0;
  if (logarithmic) return { ...logAxis(finite), logarithmic };
  const [least, most] = finite.length === 0 ? [0, 1] : [low, high];
  const pad = most > least ? 0.05 * (most - least) : Math.max(1e-9, 0.05 * Math.abs(most));
  const domain: [number, number] = [least - pad, most + pad];
  return {
    logarithmic,
    floor: domain[0],
    scale: {
      type: "linear",
      domain,
      ticks: 6,
      tickFormat: (value: number) => formatTick(value, most - least),
      grid: true,
    },
    place: (value) => (Number.isFinite(value) ? value : domain[0]),
  };
}

/** As many digits as the range needs. */
function formatTick(value: number, range: number): string {
  if (range === 0) return formatNumber(value, 4);
  const decimals = Math.max(0, 1 - Math.floor(Math.log10(range)));
  return decimals > 6 ? formatNumber(value, 4) : value.toFixed(Math.min(decimals, 6)).replace(/^-/, "−");
}

/** How the axis is named: ` (log scale)` where it is one. */
export const axisName = (label: string, { logarithmic }: ScoreAxis): string =>
  `${label}${logarithmic ? " (log scale)" : ""}`;
