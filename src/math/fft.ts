/** exp(-2 pi i j / n) for j < n/2, interleaved re, im; kept per power of two. */
const twiddleTables = new Map<number, Float64Array>();

function twiddles(n: number): Float64Array {
  let table = twiddleTables.get(n);
  if (table === undefined) {
    table = new Float64Array(n);
    for (let j = 0; j < n / 2; j++) {
      table[2 * j] = Math.cos((2 * Math.PI * j) / n);
      table[2 * j + 1] = -Math.sin((2 * Math.PI * j) / n);
    }
    twiddleTables.set(n, table);
  }
  return table;
}

/** In-place complex FFT, X_k = sum_j x_j exp(-2 pi i j k / n); n = re.length = im.length, a power of two. */
export function fft(re: Float64Array, im: Float64Array): void {
  const n = re.length;
  for (let i = 1, j = 0; i < n; i++) {
    let bit = n >> 1;
    for (; (j & bit) !== 0; bit >>= 1) j ^= bit;
    j ^= bit;
    if (i < j) {
      [re[i], re[j]] = [re[j], re[i]];
      [im[i], im[j]] = [im[j], im[i]];
    }
  }
  const table = twiddles(n);
  for (let half = 1; half < n; half *= 2) {
    const stride = n / half;
    for (let j = 0; j < half; j++) {
      const wr = table[j * stride];
      const wi = table[j * stride + 1];
      for (let i = j; i < n; i += 2 * half) {
        const k = i + half;
        const tr = re[k] * wr - im[k] * wi;
        const ti = re[k] * wi + im[k] * wr;
        re[k] = re[i] - tr;
        im[k] = im[i] - ti;
        re[i] += tr;
        im[i] += ti;
      }
    }
  }
}

/** DCT-II, X_k = sum_j x_j cos(pi k (j + 1/2) / n), k = 0..n-1; by FFT when n is a power of two, else directly. */
export function realDct2(x: Float64Array): Float64Array {
  const n = x.length;
  const result = new Float64Array(n);
  if (n < 2 || (n & (n - 1)) !== 0) {
    for (let k = 0; k < n; k++) {
      let sum = 0;
      for (let j = 0; j < n; j++) sum += x[j] * Math.cos((Math.PI * ((k * (2 * j + 1)) % (4 * n))) / (2 * n));
      result[k] = sum;
    }
    return result;
  }
  const re = new Float64Array(n);
  const im = new Float64Array(n);
  for (let j = 0; j < n / 2; j++) {
    re[j] = x[2 * j];
    re[n - 1 - j] = x[2 * j + 1];
  }
  fft(re, im);
  for (let k = 0; k < n; k++) {
    const angle = (Math.PI * k) / (2 * n);
    result[k] = re[k] * Math.cos(angle) + im[k] * Math.sin(angle);
  }
  return result;
}
