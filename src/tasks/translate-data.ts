/** Pairs of texts: from files, and as a run remembers them. */
import { type FileSource, readCsv, readJsonl, readParallel } from "../data/index.js";
import { badRecord, dataFormatUnknown, noExamples, receivedText } from "../errors.js";
import type { DataIdentity } from "./task.js";
import { textFingerprint } from "./text-fingerprint.js";
import { type CompleteTranslateOptions, TRANSLATE_FORMATS } from "./translate-options.js";

/** A text and what it becomes. */
export interface Pair {
  readonly source: string;
  readonly target: string;
}

/** What the task reads, trains on and evaluates. */
export type TranslateData = readonly Pair[];

type Format = Exclude<(typeof TRANSLATE_FORMATS)[number], "auto">;
type ReadOptions = Pick<CompleteTranslateOptions, "format" | "sourceColumn" | "targetColumn">;

const BY_ENDING: Readonly<Record<string, Format>> = { tsv: "tsv", csv: "csv", jsonl: "jsonl", ndjson: "jsonl" };

/**
 * The pairs of files, as the option `format` says or as they look: `.tsv`, `.csv` and `.jsonl` by name, else two files that go line
 * by line, the source first. Pairs with an empty side are passed over.
 *
 * Errors: `E_FORMAT` for one file or more than two that are no tables; `E_PARALLEL` for files of different length; `E_RECORD` with
 * file and line; `E_DATA_EMPTY`.
 */
export async function readPairs(files: readonly FileSource[], options: ReadOptions): Promise<TranslateData> {
  const format = options.format === "auto" ? formatOf(files) : options.format;
  const pairs: Pair[] = [];
  const take = (source: string, target: string): void => {
    if (source.trim() !== "" && target.trim() !== "") pairs.push({ source: source.trim(), target: target.trim() });
  };
  if (format === "parallel") {
    if (files.length !== 2) throw dataFormatUnknown(files[0].name, TRANSLATE_FORMATS.slice(1));
    for await (const { source, target } of readParallel(files[0], files[1])) take(source, target);
  } else {
    for (const file of files) await readTable(file, format, options, take);
  }
  if (pairs.length === 0) throw noExamples("translate", files.map(({ name }) => name).join(", "));
  return pairs;
}

async function readTable(
  file: FileSource,
  format: Exclude<Format, "parallel">,
  { sourceColumn, targetColumn }: ReadOptions,
  take: (source: string, target: string) => void,
): Promise<void> {
  const columns = [sourceColumn, targetColumn];
  if (format === "jsonl") {
    for await (const { value, line } of readJsonl(file)) {
      const record = (value ?? {}) as Readonly<Record<string, unknown>>;
      const [source, target] = columns.map((name) => record[name]);
      if (typeof source !== "string" || typeof target !== "string") {
        const expected = `an object with the texts ${JSON.stringify(columns[0])} and ${JSON.stringify(columns[1])}`;
        throw badRecord(file.name, line, expected, receivedText(JSON.stringify(value)));
      }
      take(source, target);
    }
    return;
  }
  const shape = format === "tsv" ? { delimiter: "\t" } : {};
  for await (const { fields } of readCsv(file, { columns, ...shape })) take(fields[columns[0]], fields[columns[1]]);
}

function formatOf(files: readonly FileSource[]): Format {
  const formats = new Set(
    files.map(({ name }) => BY_ENDING[/\.([a-z]+)(\.gz)?$/i.exec(name)?.[1].toLowerCase() ?? ""]),
  );
  const [format] = formats;
  if (formats.size > 1) throw dataFormatUnknown(files[0].name, TRANSLATE_FORMATS.slice(1));
  return format ?? "parallel";
}

/** How a run remembers pairs. */
export function pairsIdentity(data: TranslateData, source: string): DataIdentity {
  const text = data.map((pair) => JSON.stringify([pair.source, pair.target])).join("\n");
  return { source, fingerprint: textFingerprint(text), counts: { pairs: data.length } };
}
