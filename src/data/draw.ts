import type { Rng } from "../rng.js";
import type { RowSource } from "./source.js";

/** Takes rows until `samples` are accepted or none is left. `accept(row)` says whether the row was used. */
export function drawBalanced(
  source: RowSource,
  samples: number,
  classBalanced: boolean,
  random: Rng,
  accept: (row: number) => boolean,
): void {
  const groups = groupRows(source, classBalanced).map((rows) => random.shuffle(rows).values());
  let open = random.shuffle(groups);
  let accepted = 0;
  while (open.length > 0) {
    const left: typeof open = [];
    for (const group of open) {
      if (accepted === samples) return;
      let row = group.next();
      while (row.done !== true && !accept(row.value)) row = group.next();
      if (row.done === true) continue;
      accepted++;
      left.push(group);
    }
    open = left;
  }
}

function groupRows(source: RowSource, classBalanced: boolean): number[][] {
  const { n, labels, classNames } = source;
  if (!classBalanced || labels === undefined) return [Array.from({ length: n }, (_, i) => i)];
  const groups = Array.from({ length: classNames?.length ?? Math.max(...labels) + 1 }, (): number[] => []);
  for (let i = 0; i < n; i++) groups[labels[i]].push(i);
  return groups;
}
