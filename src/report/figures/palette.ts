/** How an activation looks in every figure: a colour (CSS variable, Okabe-Ito) and a symbol that tells it without colour. */
export interface Look {
  readonly color: string;
  readonly symbol: (typeof symbols)[number];
}

const colors = 7;
const symbols = ["circle", "square", "triangle", "diamond", "hexagon", "wye", "cross"] as const;

/** The look of each activation; the same names in the same order always give the same looks. */
export function palette(activations: Iterable<string>): (activation: string) => Look {
  const looks = new Map<string, Look>();
  for (const name of activations) {
    if (looks.has(name)) continue;
    const i = looks.size;
    looks.set(name, {
      color: `var(--series-${1 + (i % colors)})`,
      symbol: symbols[(i + Math.floor(i / colors)) % symbols.length],
    });
  }
  return (activation) => looks.get(activation) ?? { color: "currentColor", symbol: "circle" };
}
