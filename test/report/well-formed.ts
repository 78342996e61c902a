const name = String.raw`[A-Za-z_:][\w:.-]*`;
const entity = String.raw`&(?:amp|lt|gt|quot|apos|#\d+|#x[\dA-Fa-f]+);`;
const token = new RegExp(
  String.raw`<\?xml[^>]*\?>|<(?<close>/)?(?<name>${name})(?<attributes>(?:\s+${name}\s*=\s*(?:"(?:[^<&"]|${entity})*"|'(?:[^<&']|${entity})*'))*)\s*(?<empty>/)?>|(?<text>(?:[^<&]|${entity})+)`,
  "gy",
);

/** Whether a text is well-formed XML 1.0 as far as figures use it: elements, attributes, text; no CDATA, no doctype. */
export function wellFormed(xml: string): boolean {
  // eslint-disable-next-line no-control-regex -- XML forbids those
  if (/[\u0000-\u0008\u000B\u000C\u000E-\u001F\uFFFE\uFFFF]/.test(xml)) return false;
  const open: string[] = [];
  let [at, roots] = [0, 0];
  for (const match of xml.matchAll(token)) {
    at += match[0].length;
    const {
      close,
      name: element,
      attributes = "",
      empty,
      text,
    } = match.groups as Readonly<Record<string, string | undefined>>;
    if (text !== undefined && open.length === 0 && text.trim() !== "") return false;
    if (element === undefined) continue;
    const keys = [...attributes.matchAll(/([\w:.-]+)\s*=\s*(?:"[^"]*"|'[^']*')/g)].map(([, key]) => key);
    if (new Set(keys).size !== keys.length) return false;
    if (close !== undefined) {
      if (open.pop() !== element) return false;
    } else {
      if (open.length === 0) roots++;
      if (empty === undefined) open.push(element);
    }
  }
  return at === xml.length && open.length === 0 && roots === 1;
}
