/** A piece of HTML that is safe to print as it is; made by {@link html} or, for figures, by {@link trusted}. */
export class Markup {
  constructor(readonly text: string) {}
}

type Part = Markup | string | number | null | undefined | readonly Part[];

/**
 * Template of HTML: every value is escaped unless it is Markup; arrays are joined, null and undefined print nothing.
 *
 * @example html`<p>${"a < b"}</p>`.text === "<p>a &lt; b</p>"
 */
export function html(strings: TemplateStringsArray, ...parts: readonly Part[]): Markup {
  return new Markup(strings.map((piece, i) => (i === 0 ? piece : print(parts[i - 1]) + piece)).join(""));
}

/** Text that is already HTML, such as a serialised figure. */
export const trusted = (text: string): Markup => new Markup(text);

/** Text with `&`, `<`, `>` and both quotes replaced, fit for element content and quoted attributes. */
export const escape = (text: string): string =>
  text.replace(/[&<>"']/g, (sign) => `&${names[sign] ?? ""};`).replace(unprintable, "\uFFFD");

const names: Readonly<Record<string, string>> = { "&": "amp", "<": "lt", ">": "gt", '"': "quot", "'": "#39" };
const unprintable = /[^\P{Cc}\t\n\r]/gu;

function print(part: Part): string {
  if (part === null || part === undefined) return "";
  if (part instanceof Markup) return part.text;
  if (typeof part === "string" || typeof part === "number") return escape(String(part));
  return part.map(print).join("");
}

/** lambda_min as mathematics. */
export const lambdaMin = trusted("<i>λ</i><sub>min</sub>");

/** lambda_min / (trace / n) as mathematics. */
export const lambdaMinNormalized = trusted("<i>λ</i><sub>min</sub>/(tr/<i>n</i>)");

/** A genotype in type of fixed width whose lines break between layers. */
export const genotype = (text: string): Markup =>
  html`<code class="genotype">${text.split(/(?=[-+])/).map((part) => html`<span>${part}</span><wbr />`)}</code>`;
