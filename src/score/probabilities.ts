/** Class scores in rows: what kernel regression gives for each class. */
export interface ClassScores {
  readonly rows: number;
  readonly classes: number;
  /** rows x classes, row-major. */
  readonly values: Float64Array;
}

/** One column of +1/-1 becomes the scores (-f, f) of two classes; more columns are the scores as they are. */
export function classScores(columns: readonly Float64Array[]): ClassScores {
  const rows = columns[0].length;
  const sides = columns.length === 1 ? [columns[0].map((value) => -value), columns[0]] : columns;
  const classes = sides.length;
  const values = new Float64Array(rows * classes);
  sides.forEach((side, c) => side.forEach((value, i) => (values[i * classes + c] = value)));
  return { rows, classes, values };
}

/** The class of the largest score of each row; the first one when several are. */
export function winners({ rows, classes, values }: ClassScores): Int32Array {
  return Int32Array.from({ length: rows }, (_, i) => {
    let best = 0;
    for (let c = 1; c < classes; c++) if (values[i * classes + c] > values[i * classes + best]) best = c;
    return best;
  });
}

/** softmax(beta f) in rows: rows x classes. */
export function softmax({ rows, classes, values }: ClassScores, beta: number): Float64Array {
  const out = new Float64Array(values.length);
  for (let i = 0; i < rows; i++) {
    const row = out.subarray(i * classes, (i + 1) * classes);
    let largest = -Infinity;
    for (let c = 0; c < classes; c++) largest = Math.max(largest, beta * values[i * classes + c]);
    let total = 0;
    for (let c = 0; c < classes; c++) total += row[c] = Math.exp(beta * values[i * classes + c] - largest);
    for (let c = 0; c < classes; c++) row[c] /= total;
  }
  return out;
}

/** Mean of -log p of the true classes, in nats. */
export function logLoss(scores: ClassScores, labels: Int32Array, beta: number): number {
  const p = softmax(scores, beta);
  let loss = 0;
  for (let i = 0; i < scores.rows; i++) loss -= Math.log(Math.max(p[i * scores.classes + labels[i]], Number.MIN_VALUE));
  return loss / scores.rows;
}

/** Largest inverse temperature: scores of separated classes would otherwise become certainties. */
const largestBeta = 20;

/**
 * The inverse temperature with the least log loss in [0, 20], to 1e-6: the loss is convex in beta, so golden sections find it.
 * Given scores of rows that were left out, softmax(beta f) gives calibrated probabilities of a regression on class codes.
 */
export function calibrate(scores: ClassScores, labels: Int32Array): { readonly beta: number; readonly loss: number } {
  const ratio = (Math.sqrt(5) - 1) / 2;
  let [low, high] = [0, largestBeta];
  let [a, b] = [high - ratio * (high - low), low + ratio * (high - low)];
  let [lossA, lossB] = [logLoss(scores, labels, a), logLoss(scores, labels, b)];
  while (high - low > 1e-6) {
    if (lossA <= lossB) {
      [high, b, lossB] = [b, a, lossA];
      a = high - ratio * (high - low);
      lossA = logLoss(scores, labels, a);
    } else {
      [low, a, lossA] = [a, b, lossB];
      b = low + ratio * (high - low);
      lossB = logLoss(scores, labels, b);
    }
  }
  const beta = (low + high) / 2;
  return { beta, loss: logLoss(scores, labels, beta) };
}
