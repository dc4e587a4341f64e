import { badRecord, type HiddenstateError, receivedText } from "../../errors.js";
import type { FileSource } from "../file-source.js";
import { sentences } from "./conll.js";
import type { Line, TextOptions } from "./lines.js";
import { reject, type SkipOptions } from "./skipped.js";

/** A word of a CoNLL-U sentence; fields that say nothing are "_", as in the file. */
export interface ConlluWord {
  /** From 1. */
  readonly id: number;
  readonly form: string;
  readonly lemma: string;
  readonly upos: string;
  readonly xpos: string;
  readonly feats: string;
  /** Id of its head, 0 for the root; null where the file says "_". */
  readonly head: number | null;
  readonly deprel: string;
  readonly deps: string;
  readonly misc: string;
}

/** Several words written as one: "don't" over words 2 and 3. */
export interface MultiwordToken {
  readonly first: number;
  readonly last: number;
  readonly form: string;
  readonly misc: string;
}

/** A word that is not written, after word `after`: id 8.1 is the first after word 8. */
export interface EmptyNode {
  readonly after: number;
  readonly index: number;
  readonly form: string;
  readonly upos: string;
  readonly deps: string;
}

/** A sentence in CoNLL-U. */
export interface ConlluSentence {
  readonly words: readonly ConlluWord[];
  readonly multiword: readonly MultiwordToken[];
  readonly empty: readonly EmptyNode[];
  /** Comments by what stands before "=": `sent_id`, `text`, …; without one, the comment itself with "". */
  readonly comments: Readonly<Record<string, string>>;
  /** Line of its first comment or word, from 1. */
  readonly line: number;
}

/**
 * Sentences of a CoNLL-U file: words, and apart from them multiword tokens and empty nodes.
 *
 * Errors: `E_RECORD` for lines without ten columns, ids out of order, heads that are no word of the sentence (with `skipped`
 * the sentence is left out); those of `readLines`.
 * Source: https://universaldependencies.org/format.html
 *
 * @example
 * for await (const { words } of readConllu(file)) console.log(words.map(({ form, upos }) => `${form}/${upos}`));
 */
export async function* readConllu(
  file: FileSource,
  { skipped, ...text }: TextOptions & SkipOptions = {},
): AsyncGenerator<ConlluSentence, void, undefined> {
  for await (const lines of sentences(file, text, "#", true)) {
    let sentence: ConlluSentence;
    try {
      sentence = parse(file.name, lines);
    } catch (error) {
      reject(error, skipped);
      continue;
    }
    yield sentence;
  }
}

const ID = /^([1-9]\d*)$/;
const RANGE = /^([1-9]\d*)-([1-9]\d*)$/;
const EMPTY = /^(0|[1-9]\d*)\.([1-9]\d*)$/;

function parse(file: string, lines: readonly Line[]): ConlluSentence {
  const words: ConlluWord[] = [];
  const multiword: MultiwordToken[] = [];
  const ranges: Line[] = [];
  const empty: EmptyNode[] = [];
  const comments = Object.create(null) as Record<string, string>;
  const heads: Line[] = [];
  for (const line of lines) {
    const fail = (expected: string): HiddenstateError => badRecord(file, line.line, expected, receivedText(line.text));
    if (line.text.startsWith("#") && words.length + multiword.length + empty.length === 0) {
      const [, key, value = ""] = /^#\s*([^=]*?)\s*(?:=\s*(.*))?$/.exec(line.text) ?? ["", line.text];
      comments[key] = value;
      continue;
    }
    const columns = line.text.split("\t");
    if (columns.length !== 10) throw fail("ten columns with tabs between them");
    if (columns.includes("")) throw fail('"_" where a column says nothing');
    const [id, form, lemma, upos, xpos, feats, head, deprel, deps, misc] = columns;
    const [range, node] = [RANGE.exec(id), EMPTY.exec(id)];
    if (range !== null) {
      const [first, last] = [Number(range[1]), Number(range[2])];
      if (first !== words.length + 1 || last < first) throw fail("a range that begins with the next word");
      multiword.push({ first, last, form, misc });
      ranges.push(line);
    } else if (node !== null) {
      if (Number(node[1]) !== words.length) throw fail("an empty node after the word before it");
      empty.push({ after: Number(node[1]), index: Number(node[2]), form, upos, deps });
    } else {
      if (!ID.test(id) || Number(id) !== words.length + 1) throw fail(`word ${words.length + 1}`);
      if (head !== "_" && !/^\d+$/.test(head)) throw fail("a head that is a number or _");
      words.push({
        id: Number(id),
        form,
        lemma,
        upos,
        xpos,
        feats,
        head: head === "_" ? null : Number(head),
        deprel,
        deps,
        misc,
      });
      heads.push(line);
    }
  }
  for (const [i, { head }] of words.entries()) {
    if (head === null || head <= words.length) continue;
    throw badRecord(file, heads[i].line, `a head from 0 to ${words.length}`, String(head));
  }
  for (const [i, { last }] of multiword.entries()) {
    const { line, text } = ranges[i];
    if (last > words.length) throw badRecord(file, line, "a range of words of the sentence", receivedText(text));
  }
  return { words, multiword, empty, comments, line: lines[0].line };
}
