import { activation } from "../arch/activations/registry.js";
import { AppError } from "../errors.js";

/** One ONNX operation of an activation: inputs are `x`, earlier results by their position, or constants. */
interface OnnxStep {
  readonly op: string;
  readonly inputs: readonly ("x" | number | { readonly constant: number })[];
  readonly attributes?: Readonly<Record<string, { readonly float: number }>>;
}

/** How an activation is written elsewhere. `x` stands for the argument in source text. */
interface ActivationForm {
  readonly onnx: readonly OnnxStep[];
  readonly torch: (x: string) => string;
  readonly keras: (x: string) => string;
}

const one = (op: string, attributes?: OnnxStep["attributes"]): readonly OnnxStep[] => [
  { op, inputs: ["x"], ...(attributes && { attributes }) },
];

const constant = (value: number): { readonly constant: number } => ({ constant: value });

const forms: Readonly<Record<string, (parameters: readonly number[]) => ActivationForm>> = {
  linear: () => ({ onnx: [], torch: (x) => x, keras: (x) => x }),
  relu: () => ({
    onnx: one("Relu"),
    torch: (x) => `F.relu(${x})`,
    keras: (x) => `ops.relu(${x})`,
  }),
  leaky_relu: ([slope = 0.01]) => ({
    onnx: one("LeakyRelu", { alpha: { float: slope } }),
    torch: (x) => `F.leaky_relu(${x}, ${slope})`,
    keras: (x) => `ops.leaky_relu(${x}, ${slope})`,
  }),
  sigmoid: () => ({
    onnx: one("Sigmoid"),
    torch: (x) => `torch.sigmoid(${x})`,
    keras: (x) => `ops.sigmoid(${x})`,
  }),
  tanh: () => ({ onnx: one("Tanh"), torch: (x) => `torch.tanh(${x})`, keras: (x) => `ops.tanh(${x})` }),
  silu: () => ({
    onnx: [...one("Sigmoid"), { op: "Mul", inputs: ["x", 0] }],
    torch: (x) => `F.silu(${x})`,
    keras: (x) => `ops.silu(${x})`,
  }),
  gelu: () => ({
    onnx: [
      { op: "Mul", inputs: ["x", constant(Math.SQRT1_2)] },
      { op: "Erf", inputs: [0] },
      { op: "Add", inputs: [1, constant(1)] },
      { op: "Mul", inputs: ["x", 2] },
      { op: "Mul", inputs: [3, constant(0.5)] },
    ],
    torch: (x) => `F.gelu(${x})`,
    keras: (x) => `ops.gelu(${x}, approximate=False)`,
  }),
  elu: ([alpha = 1]) => ({
    onnx: one("Elu", { alpha: { float: alpha } }),
    torch: (x) => (alpha === 1 ? `F.elu(${x})` : `F.elu(${x}, ${alpha})`),
    keras: (x) => (alpha === 1 ? `ops.elu(${x})` : `ops.elu(${x}, ${alpha})`),
  }),
  softplus: () => ({
    onnx: one("Softplus"),
    torch: (x) => `F.softplus(${x})`,
    keras: (x) => `ops.softplus(${x})`,
  }),
  sin: () => ({ onnx: one("Sin"), torch: (x) => `torch.sin(${x})`, keras: (x) => `ops.sin(${x})` }),
  relu6: () => ({
    onnx: [{ op: "Clip", inputs: ["x", constant(0), constant(6)] }],
    torch: (x) => `F.relu6(${x})`,
    keras: (x) => `ops.relu6(${x})`,
  }),
  hard_tanh: () => ({
    onnx: [{ op: "Clip", inputs: ["x", constant(-1), constant(1)] }],
    torch: (x) => `F.hardtanh(${x})`,
    keras: (x) => `ops.hard_tanh(${x})`,
  }),
  hard_sigmoid: () => ({
    onnx: one("HardSigmoid", { alpha: { float: 1 / 6 } }),
    torch: (x) => `F.hardsigmoid(${x})`,
    keras: (x) => `ops.hard_sigmoid(${x})`,
  }),
  hard_swish: () => ({
    onnx: one("HardSwish"),
    torch: (x) => `F.hardswish(${x})`,
    keras: (x) => `ops.hard_silu(${x})`,
  }),
  mish: () => ({
    onnx: [...one("Softplus"), { op: "Tanh", inputs: [0] }, { op: "Mul", inputs: ["x", 1] }],
    torch: (x) => `F.mish(${x})`,
    keras: (x) => `${x} * ops.tanh(ops.softplus(${x}))`,
  }),
  gelu_tanh: () => ({
    onnx: [
      { op: "Mul", inputs: ["x", "x"] },
      { op: "Mul", inputs: [0, constant(0.044715)] },
      { op: "Add", inputs: [1, constant(1)] },
      { op: "Mul", inputs: ["x", 2] },
      { op: "Mul", inputs: [3, constant(Math.sqrt(2 / Math.PI))] },
      { op: "Tanh", inputs: [4] },
      { op: "Add", inputs: [5, constant(1)] },
      { op: "Mul", inputs: ["x", 6] },
      { op: "Mul", inputs: [7, constant(0.5)] },
    ],
    torch: (x) => `F.gelu(${x}, approximate="tanh")`,
    keras: (x) => `ops.gelu(${x}, approximate=True)`,
  }),
  erf: () => ({ onnx: one("Erf"), torch: (x) => `torch.erf(${x})`, keras: (x) => `ops.erf(${x})` }),
};

/** @throws AppError "usage" for an activation of one's own, which other frameworks do not know. */
export function activationForm(name: string): ActivationForm {
  const { family, parameters } = activation(name);
  if (!Object.hasOwn(forms, family)) {
    throw new AppError("usage", `The activation "${name}" has no form in other frameworks.`, {
      hint: `Known are ${Object.keys(forms).join(", ")}.`,
    });
  }
  return forms[family](parameters);
}
