type Floats = Float32Array | Float64Array;

/**
 * One step of an optimizer, PyTorch's rules operation by operation. `momentum`: g += decay w; b = momentum b + g; w -= rate b, or
 * rate (g + momentum b) with `nesterov`. `adam`: g += decay w; m, v the means of g and g^2; w = shrink w - rate m / (sqrt(v) / root +
 * epsilon), where rate and root have the corrections of the means in them.
 */
export type DescentRule =
  | {
      readonly kind: "momentum";
      readonly rate: number;
      readonly decay: number;
      readonly momentum: number;
      readonly nesterov: boolean;
    }
  | {
      readonly kind: "adam";
      readonly rate: number;
      readonly decay: number;
      readonly beta1: number;
      readonly beta2: number;
      readonly epsilon: number;
      readonly root: number;
      readonly shrink: number;
    };

/** The constants of native/descend.h. */
export function descentConstants(rule: DescentRule): Float64Array {
  return rule.kind === "momentum"
    ? Float64Array.of(0, rule.rate, rule.decay, rule.momentum, rule.nesterov ? 1 : 0, 0, 0, 0)
    : Float64Array.of(1, rule.rate, rule.decay, rule.beta1, rule.beta2, rule.epsilon, rule.root, rule.shrink);
}

/** Where a step works: `count` weights from `at`, gradients from `gradient`, state from `offset`. */
interface DescentPlace {
  readonly at: number;
  readonly gradient: number;
  readonly count: number;
  readonly offset: number;
}

/** The same steps in JavaScript, for engines without them. */
export function descend(rule: DescentRule, memory: Floats, place: DescentPlace, state: readonly Floats[]): void {
  const { at, gradient, count, offset } = place;
  const [first, second] = state;
  if (rule.kind === "momentum") {
    const { rate, decay, momentum, nesterov } = rule;
    for (let i = 0; i < count; i++) {
      const g = memory[gradient + i] + decay * memory[at + i];
      if (first.length === 0) memory[at + i] -= rate * g;
      else {
        const b = momentum * first[offset + i] + g;
        first[offset + i] = b;
        memory[at + i] -= rate * (nesterov ? g + momentum * b : b);
      }
    }
    return;
  }
  const { rate, decay, beta1, beta2, epsilon, root, shrink } = rule;
  for (let i = 0; i < count; i++) {
    const w = memory[at + i];
    const g = memory[gradient + i] + decay * w;
    const m = beta1 * first[offset + i] + (1 - beta1) * g;
    const v = beta2 * second[offset + i] + (1 - beta2) * g * g;
    first[offset + i] = m;
    second[offset + i] = v;
    memory[at + i] = w * shrink - (rate * m) / (Math.sqrt(v) / root + epsilon);
  }
}
