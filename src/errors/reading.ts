/** Files of records: what stands wrong in them, and where. */
import { HiddenstateError } from "./letter.js";

/** A line as people quote it: short, and with what cannot be seen made visible. */
function quoted(text: string): string {
  const short = text.length > 60 ? `${text.slice(0, 60)}…` : text;
  return JSON.stringify(short);
}

/**
 * A record that is not what its format asks for.
 *
 * @param file name of the file
 * @param line its first line, from 1
 * @param expected what should stand there
 * @param received what stands there, in words
 */
export function badRecord(file: string, line: number, expected: string, received: string): HiddenstateError {
  return new HiddenstateError("E_RECORD", `${file}, line ${line}: expected ${expected}, received ${received}.${MEND}`);
}

const MEND =
  " Mend the line, or leave such records out: --skip-bad, in a program skipBad of the task, or `skipped` of the reader.";

/** What was left out of files, in words: how many records, and the first of them. */
export function skippedText(count: number, first: readonly HiddenstateError[]): string {
  const shown = first.slice(0, 3).map(({ message }) => message.replace(`.${MEND}`, ""));
  const more = count > shown.length ? "; …" : "";
  return `left out ${count} record${count === 1 ? "" : "s"} that cannot be read: ${shown.join("; ")}${more}`;
}

/** A text of a file, quoted for `badRecord`. */
export function receivedText(text: string): string {
  return text === "" ? "an empty line" : quoted(text);
}

/** Bytes that are no UTF-8. */
export function badEncoding(file: string, line: number, byte: number, at: number): HiddenstateError {
  const hex = `0x${byte.toString(16).toUpperCase().padStart(2, "0")}`;
  return new HiddenstateError(
    "E_ENCODING",
    `${file}, line ${line}: byte ${at} from the start (${hex}) is not UTF-8 text. Convert it to UTF-8. Data to train on may ` +
      'also be latin1: --encoding latin1, in a program encoding of the task; a reader also takes `invalid: "replace"`.',
  );
}

/** A file in UTF-16, or with NUL bytes. */
export function notText(file: string, what: string): HiddenstateError {
  return new HiddenstateError("E_ENCODING", `${file}: ${what}. Convert the file to UTF-8, or name a text file.`);
}

/** A line, or a record over several lines, beyond what can be held. */
export function lineTooLong(file: string, line: number, bytes: number): HiddenstateError {
  return new HiddenstateError(
    "E_RECORD",
    `${file}, line ${line}: more than ${bytes} bytes without an end. Is this a text file, and is every quote closed?`,
  );
}

/** A header, or another thing at the start of a file, that makes all of it unreadable. */
export function badFile(file: string, expected: string, received: string): HiddenstateError {
  return new HiddenstateError("E_FORMAT", `${file}: expected ${expected}, received ${received}. Give such a file.`);
}

/** Two files that should go line by line. */
export function unevenLines(source: string, m: number, target: string, n: number): HiddenstateError {
  return new HiddenstateError(
    "E_PARALLEL",
    `"${source}" has ${m} lines and "${target}" has ${n}: line by line they cannot belong together. ` +
      "Give two files of the same number of lines.",
  );
}

/** Compressed bytes where nothing can decompress them. */
export function noDecompression(file: string): HiddenstateError {
  return new HiddenstateError(
    "E_GZIP",
    `gunzip: this program has no DecompressionStream to read "${file}" with. Decompress the file, or run where there is one.`,
  );
}

/** A gzip file that is cut short or damaged. */
export function badGzip(file: string, cause: unknown): HiddenstateError {
  const reason = cause instanceof Error ? cause.message : String(cause);
  return new HiddenstateError("E_GZIP", `"${file}" cannot be decompressed: ${reason}. Fetch the file again.`, {
    cause,
  });
}
