/** What Python splits and strips at: JavaScript's \s, less U+FEFF, with the separators U+1C–U+1F and U+85. */
const SPACE = "[\\t-\\r\\x1c-\\x20\\x85\\xa0\\u1680\\u2000-\\u200a\\u2028\\u2029\\u202f\\u205f\\u3000]+";
const BETWEEN = new RegExp(SPACE, "u");
const AT_END = new RegExp(`${SPACE}$`, "u");

/**
 * The words of a text: what stands between white space, as the reference implementations of these metrics split it.
 *
 * @example
 * words("  two\u00a0words\n"); // ["two", "words"]
 */
export function words(text: string): string[] {
  return text.split(BETWEEN).filter((word) => word !== "");
}

/** The text without white space at its end. */
export function withoutTrailingSpace(text: string): string {
  return text.replace(AT_END, "");
}
