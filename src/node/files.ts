import fs from "node:fs";
import path from "node:path";
import { binaryAt, decodeText } from "../data/whole-text.js";
import { dataBinary, dataEmpty, dataMissing, dataUnreadable } from "../errors.js";
import { systemCode } from "./durable-files.js";

/** Text read from disk. */
export interface TextData {
  /** The text; of a folder, its files one after the other, each ending in a newline. */
  readonly text: string;
  /** Files read, relative to the folder (or the file itself), in the order of the text. */
  readonly files: readonly string[];
  /** Files of the folder that are not text, and were left out. */
  readonly skipped: readonly string[];
}

/**
 * Read a text file, or every text file in a folder and the folders below, sorted by path.
 *
 * Text is UTF-8 without NUL; a byte order mark is dropped. In a folder other files are listed as skipped, and hidden ones
 * (`.git`, …), `node_modules` and links to folders are passed over.
 *
 * @throws E_DATA_MISSING for a path that does not exist; E_DATA_EMPTY for a file without a character or a folder without
 *   text; E_DATA_BINARY for a file that is not text; E_DATA_UNREADABLE where the system refuses
 */
export function readTextData(source: string): TextData {
  const isFolder = reading(source, () => fs.statSync(source)).isDirectory();
  if (!isFolder) {
    const bytes = reading(source, () => fs.readFileSync(source));
    const at = binaryAt(bytes);
    if (at !== null) throw dataBinary(source, at);
    const text = reading(source, () => decodeText(bytes));
    if (text === "") throw dataEmpty(source, false);
    return { text, files: [source], skipped: [] };
  }
  const parts: string[] = [];
  const files: string[] = [];
  const skipped: string[] = [];
  for (const name of listFiles(source)) {
    const file = path.join(source, name);
    const bytes = reading(file, () => fs.readFileSync(file));
    if (bytes.length === 0) continue;
    if (binaryAt(bytes) !== null) {
      skipped.push(name);
      continue;
    }
    const text = reading(file, () => decodeText(bytes));
    parts.push(text.endsWith("\n") ? text : `${text}\n`);
    files.push(name);
  }
  if (files.length === 0) throw dataEmpty(source, true);
  return { text: reading(source, () => parts.join("")), files, skipped };
}

/** Files below `folder`, relative to it with `/` between names, in the order of their characters on every system. */
export function listFiles(folder: string): string[] {
  const found: string[] = [];
  const open = [""];
  for (let prefix = open.pop(); prefix !== undefined; prefix = open.pop()) {
    const here = path.join(folder, prefix);
    for (const entry of reading(here, () => fs.readdirSync(here, { withFileTypes: true }))) {
      const { name } = entry;
      if (name.startsWith(".") || name === "node_modules") continue;
      const relative = `${prefix}${name}`;
      if (entry.isDirectory()) open.push(`${relative}/`);
      else if (entry.isFile() || isLinkToFile(path.join(here, name), entry)) found.push(relative);
    }
  }
  return found.sort((a, b) => (a < b ? -1 : 1));
}

function isLinkToFile(file: string, entry: fs.Dirent): boolean {
  return entry.isSymbolicLink() && fs.statSync(file, { throwIfNoEntry: false })?.isFile() === true;
}

/** Do something that reads `file`. Errors: `E_DATA_MISSING`, `E_DATA_UNREADABLE` in place of the system's. */
export function reading<Result>(file: string, action: () => Result): Result {
  try {
    return action();
  } catch (error) {
    if (["ENOENT", "ENOTDIR"].includes(systemCode(error) ?? "")) throw dataMissing(file);
    throw dataUnreadable(file, error);
  }
}
