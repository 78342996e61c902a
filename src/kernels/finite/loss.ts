/** Cross-entropy of softmax(logits): its mean over the samples and the gradient of that mean by the logits, n x classes. */
export function crossEntropy(
  logits: Float64Array,
  labels: Int32Array,
  n: number,
): { readonly loss: number; readonly cotangent: Float64Array } {
  const classes = logits.length / n;
  const cotangent = new Float64Array(logits.length);
  let loss = 0;
  for (let i = 0; i < n; i++) {
    const row = logits.subarray(i * classes, (i + 1) * classes);
    const largest = row.reduce((a, b) => Math.max(a, b), -Infinity);
    const powers = row.map((value) => Math.exp(value - largest));
    const total = powers.reduce((a, b) => a + b, 0);
    loss += (largest + Math.log(total) - row[labels[i]]) / n;
    for (let c = 0; c < classes; c++) cotangent[i * classes + c] = (powers[c] / total - (c === labels[i] ? 1 : 0)) / n;
  }
  return { loss, cotangent };
}
