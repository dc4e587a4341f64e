import { badFile, badRecord, type HiddenstateError, receivedText } from "../../errors.js";
import type { FileSource } from "../file-source.js";
import { lineBlocks, type TextOptions } from "./lines.js";
import { reject, type SkipOptions } from "./skipped.js";

/** A series of several dimensions and its class. */
export interface LabelledSeries {
  /** One array of T values per dimension; NaN where one is missing. Shape [D, T]. */
  readonly values: readonly Float64Array[];
  /** Its class, or its target number as text; "" in a file without. */
  readonly label: string;
  /** From 1. */
  readonly line: number;
}

/**
 * Series of a sktime `.ts` file: dimensions parted by ":", values by ",", the class last; "?" is a missing value.
 *
 * All dimensions of a series are of one length; files with time stamps are not read.
 *
 * Errors: `E_FORMAT` for a header that says what is not read, or a file without `@data`; `E_RECORD` for a line with another number of
 * dimensions, values that are none, or a class that the header does not name; those of `readLines`.
 * Source: https://www.sktime.net/en/stable/api_reference/file_specifications/ts.html
 */
export async function* readSktime(
  file: FileSource,
  { skipped, ...text }: TextOptions & SkipOptions = {},
): AsyncGenerator<LabelledSeries, void, undefined> {
  const header: Header = { classes: null, hasLabel: false, dimensions: null };
  let inData = false;
  for await (const lines of lineBlocks(file, text)) {
    for (const { text: raw, line } of lines) {
      const text = raw.trim();
      if (text === "" || text.startsWith("#") || text.startsWith("%")) continue;
      if (!inData) {
        inData = readHeader(file.name, line, text, header);
        continue;
      }
      const series = parse(file.name, line, text, header);
      if (!("values" in series)) {
        reject(series, skipped);
        continue;
      }
      header.dimensions ??= series.values.length;
      yield series;
    }
  }
  if (!inData) throw badFile(file.name, 'a .ts file with "@data"', "none");
}

interface Header {
  /** Names of classes; null if the header does not list them. */
  classes: ReadonlySet<string> | null;
  hasLabel: boolean;
  /** Dimensions of the first series. */
  dimensions: number | null;
}

/** Read a line of the header; true for the one that ends it. */
function readHeader(file: string, line: number, text: string, header: Header): boolean {
  const [key, ...values] = text.split(/[ \t]+/);
  switch (key.toLowerCase()) {
    case "@data":
      return true;
    case "@timestamps":
      if (values[0]?.toLowerCase() === "true")
        throw badFile(file, "series without time stamps", `"${text}" on line ${line}`);
      return false;
    case "@classlabel":
    case "@targetlabel":
      header.hasLabel = values[0]?.toLowerCase() === "true";
      if (header.hasLabel && values.length > 1) header.classes = new Set(values.slice(1));
      return false;
  }
  if (!key.startsWith("@"))
    throw badFile(file, 'lines with "@" up to "@data"', `${receivedText(text)} on line ${line}`);
  return false;
}

function parse(file: string, line: number, text: string, header: Header): LabelledSeries | HiddenstateError {
  const fail = (expected: string, received: string): HiddenstateError => badRecord(file, line, expected, received);
  const parts = text.split(":");
  const label = header.hasLabel ? parts.pop()!.trim() : "";
  const { classes, dimensions } = header;
  if (classes !== null && !classes.has(label)) {
    return fail(`a class of the header (${[...classes].slice(0, 10).join(", ")})`, receivedText(label));
  }
  if (parts.length === 0) return fail("values in front of the class", receivedText(text));
  if (dimensions !== null && parts.length !== dimensions) return fail(`${dimensions} dimensions`, String(parts.length));
  const values: Float64Array[] = [];
  for (const [d, part] of parts.entries()) {
    const numbers = part.split(",").map((word) => word.trim());
    const bad = numbers.find((word) => word !== "?" && (word === "" || !Number.isFinite(Number(word))));
    if (bad !== undefined) return fail(`numbers in dimension ${d + 1}`, receivedText(bad));
    values.push(Float64Array.from(numbers, (word) => (word === "?" ? Number.NaN : Number(word))));
  }
  const uneven = values.findIndex((v) => v.length !== values[0].length);
  if (uneven > 0) {
    return fail(`${values[0].length} values in every dimension`, `${values[uneven].length} in dimension ${uneven + 1}`);
  }
  return { values, label, line };
}
