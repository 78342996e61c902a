import { readFile } from "node:fs/promises";
import { resolve } from "node:path";
import { z } from "zod";
import { AppError } from "../errors.js";
import { makeSpace, parseCustomSpace, spaceFamilies, type LayeredSpace } from "../spaces/index.js";
import { flagName, type Flag } from "./command.js";
import { numberFlag, wordFlag } from "./options.js";

/** The activation set of the paper. */
export const paperActivations = ["relu", "leaky_relu(0.01)", "sigmoid", "tanh", "silu"] as const;

export const spaceFlags: readonly Flag[] = [
  {
    syntax: "--space <name>",
    description: `${spaceFamilies.map(({ id }) => id).join(", ")}, or a space file (FILE.json) (default: fcn)`,
  },
  { syntax: "--depth <range>", description: "depth or least-greatest; the output layer counts (default: 2-6)" },
  { syntax: "--activations <list>", description: `separated by commas (default: ${paperActivations.join(",")})` },
  { syntax: "--skips <which>", description: "both, on or off (default: both)" },
  { syntax: "--max-skips <n>", description: "skips a network may have at most (default: no limit)" },
];

export const spaceShape = {
  space: z.string().default("fcn"),
  depth: z
    .string()
    .transform((text, context): readonly [number, number] => {
      const match = /^\s*(\d+)\s*(?:-\s*(\d+)\s*)?$/.exec(text);
      if (match !== null) return [Number(match[1]), Number((match[2] as string | undefined) ?? match[1])];
      context.addIssue({ code: "custom", message: `expected a depth such as 6 or a range such as 2-6, got "${text}"` });
      return z.NEVER;
    })
    .optional(),
  activations: z
    .string()
    .transform((text, context): string[] => {
      const names = splitOutsideBrackets(text);
      const empty = /(^|,)\s*,/.test(text);
      if (names.length > 0 && !empty) return names;
      const what = empty ? `an empty name in "${text}"` : "nothing";
      context.addIssue({ code: "custom", message: `expected activations such as relu,tanh, got ${what}` });
      return z.NEVER;
    })
    .optional(),
  skips: wordFlag(["both", "on", "off"]).optional(),
  maxSkips: numberFlag({ integer: true, least: 0 }).optional(),
};

export type SpaceOptions = z.output<z.ZodObject<typeof spaceShape>>;

/** `relu,elu(1,2),tanh` -> three names. */
export function splitOutsideBrackets(text: string): string[] {
  return text
    .split(/,(?![^(]*\))/)
    .map((name) => name.trim())
    .filter((name) => name !== "");
}

/**
 * The space that the flags name: a ready-made one, or that of a JSON file.
 * @throws AppError "space" for an impossible space, "usage" when the file cannot be read or flags contradict it.
 */
export async function spaceOf(options: SpaceOptions, cwd: string): Promise<LayeredSpace> {
  const { space, depth, activations, skips, maxSkips } = options;
  const readyMade = spaceFamilies.some(({ id }) => id === space);
  if (!readyMade && /\.json$|[/\\]/i.test(space)) {
    const extra = (["depth", "activations", "skips", "maxSkips"] as const).find((key) => options[key] !== undefined);
    if (extra !== undefined) {
      throw new AppError("usage", `${flagName(extra)}: a space file says this itself, got both`, {
        hint: `Change ${space}, or leave ${flagName(extra)} out.`,
      });
    }
    return parseCustomSpace(await readText(resolve(cwd, space), space), space);
  }
  if (skips === "off" && maxSkips !== undefined && maxSkips > 0) {
    throw new AppError("usage", `--max-skips: --skips off has none, got ${maxSkips}`, {
      hint: "Leave --max-skips out, or write --skips both.",
    });
  }
  return makeSpace(space, {
    depth: depth ?? [2, 6],
    activations: activations ?? paperActivations,
    ...(skips === undefined ? {} : { skips }),
    ...(maxSkips === undefined ? {} : { maxSkips }),
  });
}

async function readText(path: string, name: string): Promise<string> {
  try {
    return await readFile(path, "utf8");
  } catch (cause) {
    const reason = cause instanceof Error && "code" in cause ? String(cause.code) : String(cause);
    throw new AppError("usage", `--space: expected a file that can be read, ${name} gives ${reason}`, {
      hint: 'A space file looks like {"name": "mine", "depth": [3, 6], "activations": ["relu", "tanh"]}.',
      cause,
    });
  }
}
