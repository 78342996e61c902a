import { activation } from "../../../arch/activations/registry.js";
import { activationKinds, type ActivationFamily } from "../engine/program.js";
import { notCompiled } from "./not-compiled.js";

/** Kind and parameter of an activation; without one it is elu, whose alpha is 1, or the parameter does not matter. Throws NotCompiled for a user's own. */
export function activationCode(name: string): { readonly kind: ActivationFamily; readonly parameter: number } {
  const { family, parameters } = activation(name);
  if (!(family in activationKinds)) throw notCompiled(name, "activations defined by users");
  return { kind: family as ActivationFamily, parameter: parameters[0] ?? 1 };
}
