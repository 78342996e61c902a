/** Ticks of an axis that counts from 1 to `count`: 1 and round numbers. */
export function countTicks(count: number): number[] {
  if (count <= 12) return Array.from({ length: count }, (_, i) => i + 1);
  const raw = count / 5;
  const unit = 10 ** Math.floor(Math.log10(raw));
  const step = [1, 2, 5, 10].map((digit) => digit * unit).find((candidate) => candidate >= raw) ?? raw;
  const ticks = [1];
  for (let tick = step; tick <= count; tick += step) ticks.push(tick);
  return ticks;
}
