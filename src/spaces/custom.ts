import { z } from "zod";
import { AppError, nearestName } from "../errors.js";
import { activationSet, depthsOf } from "./layered-spec.js";
import { layeredSpace, type LayeredSpace } from "./layered.js";
import type { DepthSpec, LayerChoice } from "./space.js";

const integer = z.int();
const names = z.array(z.string()).min(1, "expected at least one activation");

const layerSchema = z
  .strictObject({ activation: z.string().optional(), activations: names.optional(), skip: z.boolean().optional() })
  .refine((layer) => layer.activation === undefined || layer.activations === undefined, {
    message: 'expected either "activation" (one) or "activations" (a choice), got both',
  });

const spaceSchema = z.strictObject({
  name: z.string().trim().min(1, "expected a name"),
  depth: z.union([integer, z.tuple([integer, integer])], { error: "expected an integer or [least, greatest]" }),
  activations: names,
  skips: z.enum(["search", "all", "none"]).default("search"),
  maxSkips: integer.min(0, "expected an integer of at least 0").optional(),
  layers: z.record(z.string().regex(/^[1-9]\d*$/, "expected a layer number from 1"), layerSchema).default({}),
});

type CustomDefinition = z.infer<typeof spaceSchema>;
type LayerDefinition = z.infer<typeof layerSchema>;

const skipValues = { search: [false, true], all: [true], none: [false] } as const;

/**
 * A user's own space: every hidden layer takes `activations` and `skips`, unless `layers` (numbered from 1) says
 * otherwise for it; layers deeper than a network are ignored for that network.
 *
 * @param definition what the JSON file holds, unchecked.
 * @param source the file's name, for messages.
 * @throws AppError "space" with the path of every wrong entry, or with the reason why no network fits.
 * @example customSpace({ name: "mine", depth: [3, 6], activations: ["relu", "tanh"], skips: "search", maxSkips: 3,
 *   layers: { "1": { activations: ["relu"] }, "3": { activation: "tanh", skip: true } } })
 */
export function customSpace(definition: unknown, source = "space"): LayeredSpace {
  const parsed = spaceSchema.safeParse(definition);
  if (!parsed.success) throw invalid(parsed.error.issues, definition, source);
  return inSource(source, () => layeredSpace({ id: parsed.data.name, depths: depthSpecs(parsed.data) }));
}

/** `customSpace` of a JSON text. @throws AppError "space", also when the text is not JSON. */
export function parseCustomSpace(text: string, source = "space"): LayeredSpace {
  let definition: unknown;
  try {
    definition = JSON.parse(text);
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new AppError("space", `${source}: expected JSON: ${reason}`, { cause });
  }
  return customSpace(definition, source);
}

function depthSpecs(definition: CustomDefinition): DepthSpec[] {
  const depths = depthsOf(definition.depth);
  const deepest = depths[depths.length - 1] - 1;
  for (const number of Object.keys(definition.layers)) {
    if (Number(number) > deepest) {
      throw new AppError("space", `layers.${number}: expected a hidden layer from 1 to ${deepest}, got ${number}`, {
        hint: `Depth ${deepest + 1} is ${deepest} hidden layers and the output layer.`,
      });
    }
  }
  const activations = activationSet(definition.activations);
  const choices = Array.from({ length: deepest }, (_, level) => layerChoices(definition, activations, level));
  return depths.map((depth) => ({
    depth,
    choices: choices.slice(0, depth - 1),
    maxSkips: definition.maxSkips ?? depth - 2,
  }));
}

function layerChoices(definition: CustomDefinition, activations: readonly string[], level: number): LayerChoice[] {
  const number = String(level + 1);
  const layer: LayerDefinition = definition.layers[number] ?? {};
  if (level === 0 && layer.skip === true) {
    throw new AppError(
      "space",
      "layers.1.skip: the first layer cannot have a skip, since its input has another width",
      {
        hint: "Skips are possible from layer 2 on.",
      },
    );
  }
  const own = layer.activation === undefined ? layer.activations : [layer.activation];
  const chosen = own === undefined ? activations : activationSet(own, `layers.${number}.activations`);
  const skips = level === 0 ? [false] : layer.skip === undefined ? skipValues[definition.skips] : [layer.skip];
  return chosen.flatMap((activation) => skips.map((skip) => ({ activation, skip })));
}

function inSource<T>(source: string, make: () => T): T {
  try {
    return make();
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
    throw new AppError("space", `${source}: ${error.message}`, {
      ...(error.hint === undefined ? {} : { hint: error.hint }),
      details: error.details,
      cause: error,
    });
  }
}

function invalid(issues: readonly z.core.$ZodIssue[], definition: unknown, source: string): AppError {
  const lines = issues.map((issue) => {
    const path = issue.path.join(".");
    return `${source}: ${path === "" ? "" : `${path}: `}${described(issue, valueAt(definition, issue.path))}`;
  });
  const nearest = issues.map(nearestKey).find((key) => key !== undefined);
  return new AppError("space", lines.join("\n"), {
    hint:
      nearest === undefined
        ? 'A space file looks like {"name": "mine", "depth": [3, 6], "activations": ["relu", "tanh"], "skips": "search"}.'
        : `Did you mean "${nearest}"?`,
    details: { source, paths: issues.map((issue) => issue.path.join(".")) },
  });
}

/** What was expected and what came. */
function described(issue: z.core.$ZodIssue, value: unknown): string {
  const shown = value === undefined ? "nothing" : JSON.stringify(value);
  const got = `got ${shown.length > 60 ? `${shown.slice(0, 60)}...` : shown}`;
  if (issue.code === "unrecognized_keys") {
    const known = Object.keys(issue.path.length === 0 ? spaceSchema.shape : layerSchema.shape);
    const quoted = issue.keys.map((key) => JSON.stringify(key)).join(", ");
    return `unknown ${issue.keys.length === 1 ? "entry" : "entries"} ${quoted}, known are ${known.join(", ")}`;
  }
  if (issue.code === "invalid_key") return issue.issues.map(({ message }) => message).join("; ");
  if (issue.code === "invalid_type") return `expected ${withArticle(issue.expected)}, ${got}`;
  if (issue.code === "invalid_value") return `expected ${issue.values.map(String).join(", ")}, ${got}`;
  return / got /.test(issue.message) ? issue.message : `${issue.message}, ${got}`;
}

const articles: Readonly<Record<string, string>> = { int: "an integer", array: "a list", object: "an object" };

const withArticle = (type: string): string => articles[type] ?? (type === "record" ? "an object" : `a ${type}`);

/** The value at a path of an object, undefined where there is none. */
function valueAt(definition: unknown, path: readonly PropertyKey[]): unknown {
  let value = definition;
  for (const key of path) {
    if (typeof value !== "object" || value === null) return undefined;
    value = (value as Readonly<Record<PropertyKey, unknown>>)[key];
  }
  return value;
}

/** The key that was probably meant by an unknown one. */
function nearestKey(issue: z.core.$ZodIssue): string | undefined {
  if (issue.code !== "unrecognized_keys") return undefined;
  return nearestName(issue.keys[0], Object.keys(issue.path.length === 0 ? spaceSchema.shape : layerSchema.shape));
}
