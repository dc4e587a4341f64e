import { unknownTag, unknownValue } from "../errors.js";
import { LENIENT_RULES, type SpanRules, type SpanScheme, STRICT_RULES, type Tag } from "./span-scheme.js";

/** A labelled stretch of a sequence. */
export interface Span {
  readonly type: string;
  /** First place. */
  readonly start: number;
  /** The place after the last. */
  readonly end: number;
}

const OUTSIDE: Tag = { prefix: "O", type: "" };

/**
 * The spans that a sequence of tags writes.
 *
 * Without a scheme, tags of all schemes are read as conlleval and seqeval's default mode read them: a span begins at B
 * and S, and wherever a tag cannot go on with what is before it; it ends after E and S, and before whatever does not go
 * on with it. With a scheme, only spans written by its rules count, as in seqeval's strict mode.
 *
 * Tags are `O` or a letter, `-`, and a type that may hold further hyphens. L and U of BILOU are E and S.
 *
 * @param tags N tags
 * @param scheme how to read them strictly (default: leniently)
 * @param sequence which sequence it is, for errors
 * @throws E_TAG for what is no tag, or none of the scheme
 * @example
 * spans(["B-PER", "I-PER", "O", "I-LOC"]);         // PER 0–2, LOC 3–4
 * spans(["B-PER", "I-PER", "O", "I-LOC"], "iob2"); // PER 0–2
 */
export function spans(tags: readonly string[], scheme?: SpanScheme, sequence = 0): Span[] {
  const rules = rulesOf(scheme);
  const name = scheme === undefined ? rules.letters : `the scheme ${scheme} (${rules.letters})`;
  const found: Span[] = [];
  let before = OUTSIDE;
  let open: { type: string; start: number } | null = null;
  for (let at = 0; at <= tags.length; at++) {
    const tag = at < tags.length ? read(tags[at], rules.letters) : OUTSIDE;
    if (tag === null) throw unknownTag(tags[at], sequence, at, name);
    if (open !== null && !rules.continues(before, tag)) {
      if (rules.ends(before, tag)) found.push({ ...open, end: at });
      open = null;
    }
    if (open === null && rules.begins(before, tag)) open = { type: tag.type, start: at };
    before = tag;
  }
  return found;
}

function rulesOf(scheme: SpanScheme | undefined): SpanRules {
  if (scheme === undefined) return LENIENT_RULES;
  if (!Object.hasOwn(STRICT_RULES, scheme)) throw unknownValue("spans", "scheme", scheme, Object.keys(STRICT_RULES));
  return STRICT_RULES[scheme];
}

function read(text: string, letters: string): Tag | null {
  const letter = text.charAt(0);
  if (!letters.split(" ").includes(letter) || (text.length > 1 && text.charAt(1) !== "-")) return null;
  if (letter === "O") return text.length === 1 ? OUTSIDE : null;
  const prefix = letter === "L" ? "E" : letter === "U" ? "S" : letter;
  return { prefix, type: text.slice(2) || "_" };
}
