import { badRecord, receivedText } from "../../errors.js";
import type { FileSource } from "../file-source.js";
import { lineBlocks, readLines, type TextOptions } from "./lines.js";
import { reject, type SkipOptions } from "./skipped.js";

/** A text and its class. */
export interface LabelledText {
  readonly text: string;
  readonly label: string;
  /** Name of the file. */
  readonly file: string;
  /** Line at which it begins, from 1. */
  readonly line: number;
}

/** How a line holds a label and a text. */
export interface LabelledOptions extends TextOptions, SkipOptions {
  /** What stands between label and text, at its first place; default a space. */
  readonly separator?: string;
  /** The part of a label that counts, e.g. `(label) => label.split(":")[0]`; default all of it. */
  readonly label?: (label: string) => string;
}

/**
 * Lines of a label and a text: `1 a fine film`. Empty lines are passed over.
 *
 * Errors: `E_RECORD` for a line without separator, label or text; those of `readLines`.
 */
export async function* readLabelled(
  file: FileSource,
  { separator = " ", label: shorten = (label) => label, skipped, ...options }: LabelledOptions = {},
): AsyncGenerator<LabelledText, void, undefined> {
  for await (const lines of lineBlocks(file, options)) {
    for (const { text: all, line } of lines) {
      if (all.trim() === "") continue;
      const at = all.indexOf(separator);
      const [label, text] = at < 0 ? ["", ""] : [shorten(all.slice(0, at)), all.slice(at + separator.length).trim()];
      if (label === "" || text === "") {
        const expected = `a label, ${JSON.stringify(separator)} and a text`;
        reject(badRecord(file.name, line, expected, receivedText(all)), skipped);
      } else yield { text, label, file: file.name, line };
    }
  }
}

/**
 * Files of one class each, an example a line: `names/Arabic.txt` holds examples of "Arabic". Lines are trimmed, empty ones
 * passed over.
 *
 * Errors: those of `readLines`.
 *
 * @param options `label` makes the class of a file's name; default its last part without ending
 */
export async function* readClassFiles(
  files: Iterable<FileSource>,
  { label = stemOf, ...options }: TextOptions & { readonly label?: (name: string) => string } = {},
): AsyncGenerator<LabelledText, void, undefined> {
  for (const file of files) {
    const ofFile = label(file.name);
    for await (const lines of lineBlocks(file, options)) {
      for (const { text, line } of lines) {
        if (text.trim() !== "") yield { text: text.trim(), label: ofFile, file: file.name, line };
      }
    }
  }
}

/**
 * Folders of one class each, an example a file: `reviews/pos/17.txt` is an example of "pos". Files without text are passed
 * over.
 *
 * Errors: those of `readLines`.
 *
 * @param options `label` makes the class of a file's name; default the folder it is in
 */
export async function* readClassFolders(
  files: Iterable<FileSource>,
  { label = folderOf, ...options }: TextOptions & { readonly label?: (name: string) => string } = {},
): AsyncGenerator<LabelledText, void, undefined> {
  for (const file of files) {
    const lines: string[] = [];
    for await (const { text } of readLines(file, options)) lines.push(text);
    const text = lines.join("\n").trim();
    if (text !== "") yield { text, label: label(file.name), file: file.name, line: 1 };
  }
}

/** "data/names/Arabic.txt" → "Arabic", "rt-polarity.pos" → "rt-polarity". */
function stemOf(name: string): string {
  return partsOf(name)
    .at(-1)!
    .replace(/(?<=.)\.gz$/, "")
    .replace(/(?<=.)\.[^.]*$/, "");
}

function folderOf(name: string): string {
  return partsOf(name).at(-2) ?? "";
}

function partsOf(name: string): string[] {
  return name.split(/[/\\]/);
}
