import { badRecord, receivedText } from "../../errors.js";
import type { FileSource } from "../file-source.js";
import { type Line, lineBlocks, type TextOptions } from "./lines.js";
import { reject, type SkipOptions } from "./skipped.js";

/** How columns are read. */
export interface ConllOptions extends TextOptions, SkipOptions {
  /** Column of the token, from 0; below 0 from the last; default 0. */
  readonly token?: number;
  /** Column of the label; default −1, the last. */
  readonly label?: number;
  /** What parts columns: "space" is any run of spaces and tabs (default), "tab" is one tab, so that tokens may have spaces. */
  readonly separator?: "space" | "tab";
  /** Lines that begin with this, before the first token of a sentence, are comments; default none: "#" may be a token. */
  readonly comment?: string;
  /** What to do with sentences of `-DOCSTART-` alone, which part documents: "skip" (default) or "keep". */
  readonly docstart?: "skip" | "keep";
}

/** A sentence and a label per token. */
export interface TaggedSentence {
  readonly tokens: readonly string[];
  readonly labels: readonly string[];
  /** Line of its first token, from 1. */
  readonly line: number;
}

/**
 * Sentences of a column file: a token a line with its labels beside it, an empty line after each sentence.
 *
 * Every line of a file has as many columns as its first. With `skipped`, a sentence with a bad line is left out as a whole.
 *
 * Errors: `E_RECORD` for a line with another number of columns, or without the token's or label's; those of `readLines`.
 *
 * @example
 * for await (const { tokens, labels } of readConll(file)) console.log(tokens, labels); // ["EU", …], ["B-ORG", …]
 */
export async function* readConll(
  file: FileSource,
  { token = 0, label = -1, separator = "space", comment, docstart = "skip", skipped, ...text }: ConllOptions = {},
): AsyncGenerator<TaggedSentence, void, undefined> {
  let width: number | null = null;
  const read = (lines: readonly Line[]): TaggedSentence => {
    const tokens: string[] = [];
    const labels: string[] = [];
    for (const { text, line } of lines) {
      const columns = separator === "tab" ? text.split("\t") : text.trim().split(/[ \t]+/);
      const [t, l] = [columns.at(token), columns.at(label)];
      const least = Math.max(...[token, label].map((at) => (at < 0 ? -at : at + 1)));
      // A token and its label in the same place would be one column read twice.
      const enough = t !== undefined && l !== undefined && (columns.length > 1 || token === label);
      if (!enough || t === "" || l === "") {
        const wanted = `a token and its label in columns ${token} and ${label} (at least ${Math.max(2, least)} columns)`;
        throw badRecord(file.name, line, wanted, receivedText(text));
      }
      width ??= columns.length;
      if (columns.length !== width) {
        throw badRecord(file.name, line, `${width} columns, as on the first line`, receivedText(text));
      }
      tokens.push(t);
      labels.push(l);
    }
    return { tokens, labels, line: lines[0].line };
  };
  for await (const sentence of sentences(file, text, comment)) {
    if (docstart === "skip" && sentence.length === 1 && /^-DOCSTART-([ \t]|$)/.test(sentence[0].text)) continue;
    let tagged: TaggedSentence;
    try {
      tagged = read(sentence);
    } catch (error) {
      reject(error, skipped);
      continue;
    }
    yield tagged;
  }
}

/** Lines between empty ones; comments in front of a sentence are left out, or kept with it. */
export async function* sentences(
  file: FileSource,
  text: TextOptions,
  comment?: string,
  keepComments = false,
): AsyncGenerator<Line[], void, undefined> {
  let open: Line[] = [];
  let begun = false;
  for await (const lines of lineBlocks(file, text)) {
    for (const line of lines) {
      if (line.text.trim() === "") {
        if (begun) yield open;
        open = [];
        begun = false;
      } else if (!begun && comment !== undefined && line.text.startsWith(comment)) {
        if (keepComments) open.push(line);
      } else {
        open.push(line);
        begun = true;
      }
    }
  }
  if (begun) yield open;
}
