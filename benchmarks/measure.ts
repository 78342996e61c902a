/** One measured figure beside its target. */
export interface Row {
  readonly what: string;
  readonly measured: string;
  readonly target: string;
  /** Undefined where no target was set. */
  readonly met: boolean | undefined;
}

/** What a row's figure is, beside its target. */
export const verdict = ({ met }: Row): string => (met === undefined ? "" : met ? "met" : "missed");

export const seconds = (x: number): string => (x < 0.1 ? `${(1000 * x).toFixed(2)} ms` : `${x.toFixed(2)} s`);

export const median = (values: number[]): number => values.sort((a, b) => a - b)[values.length >> 1];

/** Median seconds of several runs after one that does not count. */
export function timed(repeats: number, run: () => unknown): number {
  run();
  return median(
    Array.from({ length: repeats }, () => {
      const start = performance.now();
      run();
      return (performance.now() - start) / 1000;
    }),
  );
}
