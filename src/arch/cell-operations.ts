/** Operations of a cell's edges. `avg` is 3x3 with stride 1, padding left out of the count. */
export const cellOperations = ["none", "skip", "conv1", "conv3", "avg"] as const;

export type CellOperation = (typeof cellOperations)[number];
