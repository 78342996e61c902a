import { shapedNodes, type GraphArchitecture } from "../arch/graph.js";
import { lower } from "../kernels/finite/lower.js";
import type { Initialisation } from "../kernels/finite/parameters.js";

/** Lines of `__init__` that draw weights as the network was scored; PyTorch's own draw needs none. */
export function initialiserLines(
  graph: GraphArchitecture,
  init: Initialisation,
  paths: ReadonlyMap<string, string>,
): readonly string[] {
  if (init === "pytorch") return [];
  const weights = lower(graph).parameters.filter(({ kind }) => kind === "weight");
  const biased = shapedNodes(graph).some(
    ({ node }) => (node.op === "dense" || node.op === "conv") && node.bias === true,
  );
  const variances = weights.map(({ variance, fan, fanIn }) => {
    if (init === "normal") return 1;
    if (init === "kaiming") return 2 / fanIn;
    return (init === "paper" ? 2 : variance) / fan;
  });
  const usual = variances.every((variance, i) => variance === 2 / weights[i].fanIn);
  const alike = new Set(variances).size === 1;
  const loop = (draw: string): string[] => [
    "for module in self.modules():",
    "    if isinstance(module, (nn.Conv2d, nn.Linear)):",
    `        ${draw}`,
    ...(biased ? ["        if module.bias is not None:", "            nn.init.zeros_(module.bias)"] : []),
  ];
  if (usual) return loop("nn.init.kaiming_normal_(module.weight)");
  if (alike) return loop(`nn.init.normal_(module.weight, std=${Math.sqrt(variances[0])})`);
  return [
    ...weights.map(({ name }, i) => {
      const path = paths.get(name.slice(0, name.lastIndexOf(".")))!;
      return `nn.init.normal_(self.${path}.weight, std=${Number(Math.sqrt(variances[i]).toPrecision(9))})`;
    }),
    ...(biased ? loop("pass").slice(0, 2).concat(loop("pass").slice(3)) : []),
  ];
}
