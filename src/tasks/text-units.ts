/** A word with what hangs on it ("don't", "film-maker", "'s"), or any other character but white space. */
const WORD = /['’]?[\p{L}\p{M}\p{N}]+(?:['’.-][\p{L}\p{M}\p{N}]+)*|[^\s\p{L}\p{M}\p{N}]/gu;

/**
 * The steps of a text: words and punctuation marks, or characters (code points, white space among them).
 *
 * Text is first brought into Unicode's form NFC, so that an accent written apart is the same letter.
 */
export function textUnits(
  text: string,
  { unit, lowercase }: { readonly unit: "word" | "char"; readonly lowercase: boolean },
): string[] {
  const plain = text.normalize("NFC");
  const read = lowercase ? plain.toLowerCase() : plain;
  return unit === "char" ? Array.from(read) : Array.from(read.matchAll(WORD), ([word]) => word);
}
