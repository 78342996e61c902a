/** Which end of a score is good. */
export type Direction = "larger" | "smaller";

/** Data sets of the benchmarks, as their columns are named. */
export const dataSetIds = ["c10", "c100", "in16"] as const;

export type DataSetId = (typeof dataSetIds)[number];

export const dataSetNames: Readonly<Record<DataSetId, string>> = {
  c10: "CIFAR-10",
  c100: "CIFAR-100",
  in16: "ImageNet16-120",
};

/** What the finalists of a search are validated with: 12 epochs, 200 epochs, or nothing. */
export const validations = ["e12", "e200", "none"] as const;

export type Validation = (typeof validations)[number];
