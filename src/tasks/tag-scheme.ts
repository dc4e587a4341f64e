import { spans } from "../metrics/index.js";
import type { TagData } from "./tag-data.js";

/** How a tagger writes spans: not at all, or as one of these. */
export type TagScheme = "none" | "iob1" | "iob2" | "iobes";

/**
 * The same spans in another scheme, whatever the labels were written in: they are read as conlleval does, so that a slip
 * in the data makes the most obvious span.
 *
 * - iob1: I, and B where a span follows another of its type at once
 * - iob2: B, then I
 * - iobes: S alone, or B, I …, E
 *
 * Errors: `E_TAG` for a label that is no tag, with the place of its sentence.
 */
export function inScheme(data: TagData, scheme: TagScheme): TagData {
  if (scheme === "none") return data;
  return data.map(({ tokens, labels }, sentence) => {
    const written = Array.from(labels, () => "O");
    let before: { readonly type: string; readonly end: number } | null = null;
    for (const { type, start, end } of spans(labels, undefined, sentence)) {
      const follows = before !== null && before.end === start && before.type === type;
      for (let at = start; at < end; at++) {
        written[at] = `${letter(scheme, at === start, at === end - 1, follows)}-${type}`;
      }
      before = { type, end };
    }
    return { tokens, labels: written };
  });
}

function letter(scheme: TagScheme, first: boolean, last: boolean, follows: boolean): string {
  if (scheme === "iob1") return first && follows ? "B" : "I";
  if (scheme === "iob2") return first ? "B" : "I";
  if (first && last) return "S";
  if (first) return "B";
  return last ? "E" : "I";
}
