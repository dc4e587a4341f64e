/** Pairs of texts: from files, and as a run remembers them. */
import { type FileSource, readCsv, readJsonl, readParallel, type Skipped } from "../data/index.js";
import { reject } from "../data/readers/skipped.js";
import { badRecord, dataFormatUnknown, noExamples, receivedText, wrongInput } from "../errors.js";
import { readingRecords } from "./skip-bad.js";
import type { DataIdentity, ReadContext } from "./task.js";
import { textFingerprint } from "./text-fingerprint.js";
import { type CompleteTranslateOptions, TRANSLATE_FORMATS } from "./translate-options.js";

/** A text and what it becomes. */
export interface Pair {
  readonly source: string;
  readonly target: string;
  /** Where a reader found it, for messages. */
  readonly file?: string;
  /** From 1. */
  readonly line?: number;
}

/** What the task reads, trains on and evaluates. */
export type TranslateData = readonly Pair[];

type Format = Exclude<(typeof TRANSLATE_FORMATS)[number], "auto">;
type ReadOptions = Pick<CompleteTranslateOptions, "format" | "sourceColumn" | "targetColumn" | "encoding" | "skipBad">;

const BY_ENDING: Readonly<Record<string, Format>> = { tsv: "tsv", csv: "csv", jsonl: "jsonl", ndjson: "jsonl" };

/**
 * The pairs of files, as the option `format` says or as they look: `.tsv`, `.csv` and `.jsonl` by name, else two files that go line
 * by line, the source first. Pairs with an empty side are left out, and told; with `skipBad` so are records that cannot be read.
 *
 * Errors: `E_FORMAT` for one file or more than two that are no tables; `E_PARALLEL` for files of different length; `E_RECORD` with
 * file and line; `E_DATA_EMPTY`.
 */
export async function readPairs(
  files: readonly FileSource[],
  options: ReadOptions,
  context: ReadContext = {},
): Promise<TranslateData> {
  const format = options.format === "auto" ? formatOf(files) : options.format;
  const pairs: Pair[] = [];
  const empty: Pair[] = [];
  const take: Taker = (source, target, file, line) => {
    const pair = { source: source.trim(), target: target.trim(), file, line };
    (pair.source === "" || pair.target === "" ? empty : pairs).push(pair);
  };
  if (format === "parallel") {
    if (files.length !== 2) throw dataFormatUnknown(files[0].name, TRANSLATE_FORMATS.slice(1));
    const { name } = files[0];
    const { encoding } = options;
    const read = readParallel(files[0], files[1], { encoding });
    for await (const { source, target, line } of read) take(source, target, name, line);
  } else {
    await readingRecords(options.skipBad, context, async (skipped) => {
      for (const file of files) await readTable(file, format, options, skipped, take);
    });
  }
  if (empty.length > 0) context.note?.(`left out ${pairsText(empty)} with an empty side`);
  if (pairs.length === 0) throw noExamples("translate", files.map(({ name }) => name).join(", "));
  return pairs;
}

type Taker = (source: string, target: string, file: string, line: number) => void;

async function readTable(
  file: FileSource,
  format: Exclude<Format, "parallel">,
  { sourceColumn, targetColumn, encoding }: ReadOptions,
  skipped: Skipped | undefined,
  take: Taker,
): Promise<void> {
  const columns = [sourceColumn, targetColumn];
  if (format === "jsonl") {
    for await (const { value, line } of readJsonl(file, { encoding, skipped })) {
      const record = (value ?? {}) as Readonly<Record<string, unknown>>;
      const [source, target] = columns.map((name) => record[name]);
      if (typeof source !== "string" || typeof target !== "string") {
        const expected = `an object with the texts ${JSON.stringify(columns[0])} and ${JSON.stringify(columns[1])}`;
        reject(badRecord(file.name, line, expected, receivedText(JSON.stringify(value))), skipped);
        continue;
      }
      take(source, target, file.name, line);
    }
    return;
  }
  const shape = format === "tsv" ? { delimiter: "\t" } : {};
  for await (const { fields, line } of readCsv(file, { columns, encoding, skipped, ...shape })) {
    take(fields[columns[0]], fields[columns[1]], file.name, line);
  }
}

function formatOf(files: readonly FileSource[]): Format {
  const formats = new Set(
    files.map(({ name }) => BY_ENDING[/\.([a-z]+)(\.gz)?$/i.exec(name)?.[1].toLowerCase() ?? ""]),
  );
  const [format] = formats;
  if (formats.size > 1) throw dataFormatUnknown(files[0].name, TRANSLATE_FORMATS.slice(1));
  return format ?? "parallel";
}

/** Where a pair stands: in its file, or among the data that a program gave. */
export function placeOf(pair: Pair, data: TranslateData): string {
  return pair.file === undefined ? `pair ${data.indexOf(pair) + 1}` : `${pair.file}, line ${pair.line}`;
}

/** Some pairs as a note tells them: "3 pairs (a.de, line 2; a.de, line 7; …)". */
export function pairsText(pairs: TranslateData, data: TranslateData = pairs): string {
  const places = pairs.slice(0, 3).map((pair) => placeOf(pair, data));
  const more = pairs.length > places.length ? ["…"] : [];
  return `${pairs.length} pair${pairs.length === 1 ? "" : "s"} (${[...places, ...more].join("; ")})`;
}

/** Errors: `E_EXAMPLE` for anything but a list of pairs of texts. */
export function expectPairs(who: string, data: unknown): void {
  if (!Array.isArray(data)) throw wrongInput(who, "the data", "a list of pairs { source, target }", data);
  for (const [i, pair] of data.entries()) {
    const { source, target } = (pair ?? {}) as Readonly<Record<string, unknown>>;
    if (typeof source === "string" && typeof target === "string") continue;
    throw wrongInput(who, `pair ${i + 1}`, "an object with the texts source and target", pair);
  }
}

/** How a run remembers pairs. Errors: `E_EXAMPLE`. */
export function pairsIdentity(data: TranslateData, source: string): DataIdentity {
  expectPairs("translate", data);
  const text = data.map((pair) => JSON.stringify([pair.source, pair.target])).join("\n");
  return { source, fingerprint: textFingerprint(text), counts: { pairs: data.length } };
}
