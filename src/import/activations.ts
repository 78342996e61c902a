import {
  activationFamilies,
  defineActivation,
  registerActivation,
  type ActivationDefinition,
} from "../arch/activations/registry.js";

const clip = (x: number, low: number, high: number): number => Math.min(Math.max(x, low), high);
const logistic = (x: number): number => 1 / (1 + Math.exp(-x));
const softplus = (x: number): number => Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x)));
const cubic = (x: number): number => Math.sqrt(2 / Math.PI) * (x + 0.044715 * x ** 3);

/** Activations of other people's networks that no space of ours has; known to the registry once a file has used them. */
const definitions: readonly ActivationDefinition[] = [
  {
    name: "relu6",
    value: (x) => clip(x, 0, 6),
    derivative: (x) => (x > 0 && x < 6 ? 1 : 0),
    kinks: [0, 6],
    lipschitz: 1,
  },
  {
    name: "hard_sigmoid",
    value: (x) => clip(x / 6 + 0.5, 0, 1),
    derivative: (x) => (Math.abs(x) < 3 ? 1 / 6 : 0),
    kinks: [-3, 3],
    lipschitz: 1 / 6,
  },
  {
    name: "hard_swish",
    value: (x) => x * clip(x / 6 + 0.5, 0, 1),
    derivative: (x) => (x >= 3 ? 1 : x > -3 ? x / 3 + 0.5 : 0),
    kinks: [-3, 3],
    lipschitz: 1.5,
  },
  {
    name: "hard_tanh",
    value: (x) => clip(x, -1, 1),
    derivative: (x) => (Math.abs(x) < 1 ? 1 : 0),
    kinks: [-1, 1],
    lipschitz: 1,
  },
  {
    name: "mish",
    value: (x) => x * Math.tanh(softplus(x)),
    derivative: (x) => {
      const t = Math.tanh(softplus(x));
      return t + x * (1 - t * t) * logistic(x);
    },
  },
  {
    name: "gelu_tanh",
    value: (x) => 0.5 * x * (1 + Math.tanh(cubic(x))),
    derivative: (x) => {
      const t = Math.tanh(cubic(x));
      const inner = Math.sqrt(2 / Math.PI) * (1 + 3 * 0.044715 * x * x);
      return 0.5 * (1 + t) + 0.5 * x * (1 - t * t) * inner;
    },
  },
];

/** Those definitions by name. */
export const ownActivations: ReadonlyMap<string, ActivationDefinition> = new Map(
  definitions.map((definition) => [definition.name, definition]),
);

/** Makes one of `ownActivations` known to the registry; others are. */
export function ensureActivation(name: string): void {
  const definition = ownActivations.get(name);
  if (definition !== undefined && !activationFamilies().includes(name))
    registerActivation(defineActivation(definition));
}
