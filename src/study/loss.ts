import { majority, mean, type Examples } from "./examples.js";

/** Share of wrong classes, or mean squared error, of predictions for these rows. */
export function testLoss(
  { n, labels, targets }: Pick<Examples, "n" | "labels" | "targets">,
  predicted: ArrayLike<number>,
): number {
  let loss = 0;
  for (let i = 0; i < n; i++) {
    loss += labels === undefined ? (targets![i] - predicted[i]) ** 2 : labels[i] === predicted[i] ? 0 : 1;
  }
  return loss / n;
}

/** Loss of the prediction that looks at no input: the most frequent class, or the mean, of the training rows. */
export function trivialLoss(train: Examples, test: Examples): number {
  const answer = train.labels === undefined ? mean(train.targets!) : majority(train.labels);
  return testLoss(test, new Float64Array(test.n).fill(answer));
}
