import { badFile, badRecord, invalidValue, lineTooLong } from "../../errors.js";
import type { FileSource } from "../file-source.js";
import { type Line, lineBlocks, type TextOptions } from "./lines.js";
import { reject, type SkipOptions } from "./skipped.js";

/** How a table is written. */
export interface CsvOptions extends TextOptions, SkipOptions {
  /** One character between fields; default ",". */
  readonly delimiter?: string;
  /** Whether the first record names the columns; default true. Or the names, where the file has none. */
  readonly header?: boolean | readonly string[];
  /** Columns that must be there. */
  readonly columns?: readonly string[];
}

/** A record of a table. */
export interface CsvRecord {
  /** Fields by the name of their column, or by "0", "1", … without a header. */
  readonly fields: Readonly<Record<string, string>>;
  /** Line of the file at which it begins, from 1. */
  readonly line: number;
}

type Parse = (text: string, options: Readonly<Record<string, unknown>>) => unknown;

/** Longest record in characters: an open quote must not read the rest of a big file. */
const LONGEST = 16 * 1024 * 1024;

/**
 * The records of a table in CSV (RFC 4180; quotes doubled, fields over several lines), read as it comes by csv-parse.
 *
 * Fields are text as it stands; empty lines are passed over. Every record has as many fields as the first.
 *
 * Errors: `E_RECORD` for a record of another number of fields or with misplaced quotes; `E_FORMAT` for a header without a
 * needed column, or with a name twice; those of `readLines`.
 *
 * @example
 * for await (const { fields } of readCsv(file, { columns: ["text", "label"] })) console.log(fields.text, fields.label);
 */
export async function* readCsv(
  file: FileSource,
  { delimiter = ",", header = true, columns = [], skipped, ...text }: CsvOptions = {},
): AsyncGenerator<CsvRecord, void, undefined> {
  if (delimiter.length !== 1 || '"\r\n'.includes(delimiter)) {
    throw invalidValue("readCsv", "delimiter", "one character, not a quote or a line's end", JSON.stringify(delimiter));
  }
  const parse = await parser();
  const rowsOf = (records: string): string[][] =>
    parse(records, { delimiter, relax_column_count: true, record_delimiter: ["\n"] }) as string[][];
  const one = ({ text, line }: Line): string[] => {
    try {
      return rowsOf(text)[0];
    } catch (error) {
      // The line is ours: the parser sees one record only.
      const reason = (error as Error).message.replace(/ (at|on) line \d+.*$/, "");
      throw badRecord(file.name, line, "a record of fields, quoted as CSV asks for", reason);
    }
  };
  const all = (records: readonly Line[]): string[][] | null => {
    try {
      return rowsOf(records.map((record) => record.text).join("\n"));
    } catch {
      return null;
    }
  };
  let names: readonly string[] | null = null;
  if (Array.isArray(header)) names = checkNames(file.name, header as readonly string[], columns);
  for await (const records of recordBlocks(file, text)) {
    // All at once, and only where that fails one by one.
    const rows = all(records);
    for (const [i, record] of records.entries()) {
      let values: string[];
      try {
        values = rows?.[i] ?? one(record);
      } catch (error) {
        if (names === null) throw error;
        reject(error, skipped);
        continue;
      }
      if (names === null) {
        names = checkNames(file.name, header === true ? values : values.map((_, i) => String(i)), columns);
        if (header === true) continue;
      }
      if (values.length !== names.length) {
        reject(badRecord(file.name, record.line, `${names.length} fields`, `${values.length}`), skipped);
        continue;
      }
      const fields = Object.create(null) as Record<string, string>;
      for (const [i, name] of names.entries()) fields[name] = values[i];
      yield { fields, line: record.line };
    }
  }
  if (names === null && columns.length > 0) throw badFile(file.name, `a header with ${columns.join(", ")}`, "no line");
}

/** Lines joined to records: one ends with a line up to which the number of quotes is even. */
async function* recordBlocks(file: FileSource, text: TextOptions): AsyncGenerator<Line[], void, undefined> {
  let open: Line | null = null;
  for await (const lines of lineBlocks(file, text)) {
    const records: Line[] = [];
    for (const line of lines) {
      if (open === null && line.text === "") continue;
      const isOpen: boolean = (open !== null) !== hasOddQuotes(line.text);
      const record: Line = open === null ? line : { text: `${open.text}\n${line.text}`, line: open.line };
      if (record.text.length > LONGEST && isOpen) throw lineTooLong(file.name, record.line, LONGEST);
      open = isOpen ? record : null;
      if (!isOpen) records.push(record);
    }
    if (records.length > 0) yield records;
  }
  if (open !== null) yield [open];
}

function hasOddQuotes(text: string): boolean {
  let odd = false;
  for (let at = text.indexOf('"'); at >= 0; at = text.indexOf('"', at + 1)) odd = !odd;
  return odd;
}

function checkNames(file: string, names: readonly string[], needed: readonly string[]): readonly string[] {
  const twice = names.find((name, i) => names.indexOf(name) < i);
  if (twice !== undefined) throw badFile(file, "columns of different names", `${JSON.stringify(twice)} twice`);
  const missing = needed.filter((name) => !names.includes(name));
  if (missing.length === 0) return names;
  throw badFile(file, `a column ${missing.map((name) => `"${name}"`).join(" and ")}`, `columns ${names.join(", ")}`);
}

/** csv-parse, loaded when the first table is read: in its own words for Node, and as it is packed for browsers elsewhere. */
async function parser(): Promise<Parse> {
  const module = "Buffer" in globalThis ? await import("csv-parse/sync") : await import("csv-parse/browser/esm/sync");
  return module.parse as unknown as Parse;
}
