/** Words that Python keeps for itself, and names that the generated source uses. */
const taken = new Set(
  (
    "and as assert async await break class continue def del elif else except finally for from global if import in is " +
    "lambda nonlocal not or pass raise return try while with yield None True False self torch nn np x math keras ops layers"
  ).split(" "),
);

/** A Python name for a node's id: `conv_0_1` of `0-1.conv`, `node2` of `2`. */
export function pythonName(id: string): string {
  const parts = id.split(".").map((part) => part.replace(/\W+/g, "_"));
  const [first] = parts;
  const ordered = /^\d/.test(first) && parts.length > 1 ? [...parts.slice(1), first] : parts;
  const name = ordered.join("_");
  const safe = /^\d/.test(name) ? `node${name}` : name;
  return taken.has(safe) ? `${safe}_` : safe;
}

/** Names that do not meet: a second one of the same spelling gets a number. */
export class PythonNames {
  readonly #used = new Set<string>();

  of(id: string): string {
    const name = pythonName(id);
    let free = name;
    for (let k = 2; this.#used.has(free); k++) free = `${name}_${k}`;
    this.#used.add(free);
    return free;
  }
}
