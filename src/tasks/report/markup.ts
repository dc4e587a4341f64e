/** Text that is HTML or SVG already. */
export class Markup {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }
}

/** What may stand in a template: text is escaped, markup is not, lists are joined, and nothing is nothing. */
export type Content = string | number | Markup | null | undefined | false | readonly Content[];

/**
 * Markup from a template, in which everything that is put in is escaped unless it is markup itself.
 *
 * @example
 * markup`<p>${"a < b"}</p>`.text; // <p>a &lt; b</p>
 */
export function markup(parts: TemplateStringsArray, ...contents: readonly Content[]): Markup {
  return new Markup(parts.reduce((all, part, i) => all + textOf(contents[i - 1]) + part));
}

const ENTITIES: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
};

/** Characters that neither XML nor HTML allows: controls but tab and line breaks, halves of pairs, U+FFFE and U+FFFF. */
const FORBIDDEN = /[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\p{Surrogate}\ufffe\uffff]/gu;

/** Text that stands for itself in HTML and XML, between tags and in quoted attributes. */
export function escaped(text: string): string {
  return text.replace(FORBIDDEN, "\ufffd").replace(/[&<>"']/g, (character) => ENTITIES[character]);
}

function textOf(content: Content): string {
  if (content === null || content === undefined || content === false) return "";
  if (content instanceof Markup) return content.text;
  if (Array.isArray(content)) return content.map(textOf).join("");
  return escaped(String(content as string | number));
}
