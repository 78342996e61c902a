import { parseHTML } from "linkedom";

/** The little of the DOM that the tests read. */
export interface PageElement {
  readonly textContent: string;
  readonly outerHTML: string;
  getAttribute(name: string): string | null;
  querySelector(selector: string): PageElement | null;
  querySelectorAll(selector: string): Iterable<PageElement>;
}

export interface Page extends PageElement {
  createElementNS(namespace: string, name: string): never;
}

export function parse(html: string): Page {
  const parsed: unknown = parseHTML(html);
  return (parsed as { document: Page }).document;
}

export const emptyDocument = (): Page => parse("<!doctype html><html><body></body></html>");

export const all = (root: PageElement, selector: string): PageElement[] => [...root.querySelectorAll(selector)];

/** The text of the first match with its white space made single. */
export function textOf(root: PageElement, selector: string): string {
  const found = root.querySelector(selector);
  if (found === null) throw new Error(`nothing matches ${selector}`);
  return found.textContent.replace(/\s+/g, " ").trim();
}
