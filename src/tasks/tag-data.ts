/** Sentences with a label for each word: from files, and as a run remembers them. */
import { type FileSource, readConll, readConllu, type Skipped, type TaggedSentence } from "../data/index.js";
import { badExample, labelsUnknown, noArray, noExamples, unevenLabels } from "../errors.js";
import type { TAG_OPTIONS, TagOptions } from "./tag-options.js";
import { readingRecords } from "./skip-bad.js";
import type { DataIdentity, ReadContext } from "./task.js";
import { textFingerprint } from "./text-fingerprint.js";

/** A sentence of N tokens with N labels. */
export type TagExample = Pick<TaggedSentence, "tokens" | "labels">;

/** What the task reads, trains on and evaluates. */
export type TagData = readonly TagExample[];

type ReadOptions = Pick<TagOptions, "format" | "tokenColumn" | "labelColumn" | "field" | "encoding" | "skipBad">;

/**
 * The sentences of files, one file after the other, as the option `format` says, or by name: `.conllu` is CoNLL-U.
 *
 * Errors: those of the readers, with file and line; with `skipBad` such sentences are left out, and told to the context;
 * `E_DATA_EMPTY` for files without a sentence.
 */
export async function readTagged(
  files: readonly FileSource[],
  options: ReadOptions = {},
  context: ReadContext = {},
): Promise<TagData> {
  const sentences = await readingRecords(options.skipBad ?? false, context, (skipped) =>
    readSentences(files, options, skipped),
  );
  if (sentences.length === 0) throw noExamples("tag", files.map(({ name }) => name).join(", "));
  return sentences;
}

async function readSentences(
  files: readonly FileSource[],
  { format = "auto", tokenColumn = 0, labelColumn = -1, field = "upos", encoding }: ReadOptions,
  skipped: Skipped | undefined,
): Promise<TagExample[]> {
  const sentences: TagExample[] = [];
  for (const file of files) {
    const isConllu = format === "conllu" || (format === "auto" && /\.conllu(\.gz)?$/i.test(file.name));
    if (isConllu) {
      for await (const { words } of readConllu(file, { encoding, skipped })) {
        const labels = words.map((word) => word[field satisfies (typeof TAG_OPTIONS)["field"]["words"][number]]);
        sentences.push({ tokens: words.map(({ form }) => form), labels });
      }
    } else {
      const columns = { token: tokenColumn, label: labelColumn, encoding, skipped };
      for await (const { tokens, labels } of readConll(file, columns)) sentences.push({ tokens, labels });
    }
  }
  return sentences;
}

/** Errors: `E_EXAMPLE` for what is no sentence with a label for each of its words, with its place from 0. */
export function checkSentences(who: string, data: TagData): void {
  const expected = "{ tokens, labels }, two arrays of strings";
  if (!Array.isArray(data)) throw noArray(who, expected, data);
  for (const [i, example] of data.entries()) {
    const { tokens, labels } = (example ?? {}) as Partial<TagExample>;
    if (!areStrings(tokens) || !areStrings(labels)) throw badExample(who, i, expected, example);
    if (tokens.length !== labels.length) throw unevenLabels(who, i, tokens.length, labels.length);
  }
}

/** Errors: `E_EXAMPLE` for what is no array of words, with its place from 0. */
export function checkTokens(who: string, sentences: readonly (readonly string[])[]): void {
  if (!Array.isArray(sentences)) throw noArray(who, "sentences", sentences);
  for (const [i, tokens] of sentences.entries()) {
    if (!areStrings(tokens)) throw badExample(who, i, "an array of words", tokens);
  }
}

function areStrings(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.every((item) => typeof item === "string");
}

/** Errors: `E_LABELS` for data of which not one label is known: those are other labels, not a few new ones. */
export function checkTagLabels(who: string, data: TagData, known: Iterable<string>): void {
  const [set, unknown] = [new Set(known), new Map<string, number>()];
  for (const label of data.flatMap(({ labels }) => labels)) {
    if (set.has(label)) return;
    unknown.set(label, (unknown.get(label) ?? 0) + 1);
  }
  if (unknown.size > 0) throw labelsUnknown(who, unknown, [...set], "word");
}

/** How a run remembers sentences. */
export function taggedIdentity(data: TagData, source: string): DataIdentity {
  const tokens = data.reduce((sum, sentence) => sum + sentence.tokens.length, 0);
  const text = data.map(({ tokens: words, labels }) => `${words.join("\t")}\n${labels.join("\t")}`).join("\n");
  return { source, fingerprint: textFingerprint(text), counts: { sentences: data.length, tokens } };
}

/** Whether labels write spans: each is O or a letter of a scheme and a type, and not all are O. */
export function areSpans(labels: readonly string[]): boolean {
  return labels.every((label) => label === "O" || /^[BIESLU]-./.test(label)) && labels.some((label) => label !== "O");
}
