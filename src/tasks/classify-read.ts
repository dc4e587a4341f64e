import {
  collect,
  type FileSource,
  readClassFiles,
  readClassFolders,
  readCsv,
  readJsonl,
  readLabelled,
  readSktime,
  type Skipped,
} from "../data/index.js";
import { reject } from "../data/readers/skipped.js";
import { badRecord, dataFormatUnknown, receivedText } from "../errors.js";
import type { ClassifyData, ClassifyExample } from "./classify-data.js";
import { CLASSIFY_FORMATS, type CompleteClassifyOptions } from "./classify-options.js";
import { readingRecords } from "./skip-bad.js";
import type { ReadContext } from "./task.js";

type Format = Exclude<(typeof CLASSIFY_FORMATS)[number], "auto">;
type Reader = (
  files: readonly FileSource[],
  options: CompleteClassifyOptions,
  skipped: Skipped | undefined,
) => Promise<ClassifyData>;

const READERS: Readonly<Record<Format, Reader>> = {
  lines: async (files, { encoding, labelEnd }, skipped) => {
    const label = (full: string): string => shortened(full, labelEnd);
    return (await Promise.all(files.map((file) => collect(readLabelled(file, { encoding, label, skipped }))))).flat();
  },
  files: (files, { encoding }) => collect(readClassFiles(files, { encoding })),
  folders: (files, { encoding }) => collect(readClassFolders(files, { encoding })),
  csv: async (files, options, skipped) => {
    const { encoding, textColumn, labelColumn } = options;
    const examples: ClassifyExample[] = [];
    for (const file of files) {
      const delimiter = /\.tsv(\.gz)?$/i.test(file.name) ? "\t" : ",";
      const columns = [textColumn, labelColumn];
      for await (const { fields } of readCsv(file, { encoding, delimiter, columns, skipped })) {
        examples.push({ text: fields[textColumn], ...labelled(fields[labelColumn], options) });
      }
    }
    return examples;
  },
  jsonl: async (files, options, skipped) => {
    const { encoding } = options;
    const examples: ClassifyExample[] = [];
    for (const file of files) {
      for await (const { value, line } of readJsonl(file, { encoding, skipped })) {
        try {
          examples.push(fromJson(file.name, line, value, options));
        } catch (error) {
          reject(error, skipped);
        }
      }
    }
    return examples;
  },
  ts: async (files, { encoding }, skipped) => {
    const examples: ClassifyExample[] = [];
    for (const file of files) {
      for await (const { values, label, line } of readSktime(file, { encoding, skipped })) {
        if (values.some((dimension) => dimension.some(Number.isNaN)))
          reject(badRecord(file.name, line, "a value at every step", 'a missing one, "?"'), skipped);
        else examples.push({ series: values, ...(label === "" ? {} : { label }) });
      }
    }
    return examples;
  },
};

/**
 * Examples from files, as the option `format` says, or as they look: `.csv`, `.tsv`, `.jsonl` and `.ts` by name; a folder with
 * folders in it has one per label, a folder or several files one file per label; a single file has LABEL text lines.
 *
 * @throws E_FORMAT for files of different kinds; those of the readers, with file and line; with `skipBad` such records are left
 *   out, and told to the context
 */
export async function readExamples(
  files: readonly FileSource[],
  options: CompleteClassifyOptions,
  context: ReadContext = {},
): Promise<ClassifyData> {
  const format = options.format === "auto" ? formatOf(files, context.folder) : options.format;
  return readingRecords(options.skipBad, context, (skipped) => READERS[format](files, options, skipped));
}

const BY_ENDING: Readonly<Record<string, Format>> = {
  csv: "csv",
  tsv: "csv",
  jsonl: "jsonl",
  ndjson: "jsonl",
  ts: "ts",
};

function formatOf(files: readonly FileSource[], folder: string | undefined): Format {
  const formats = new Set(files.map(({ name }) => BY_ENDING[endingOf(name)]));
  const [format] = formats;
  if (formats.size === 1 && format !== undefined) return format;
  if (formats.size > 1) throw dataFormatUnknown(files[0].name, CLASSIFY_FORMATS.slice(1));
  if (folder === undefined) return files.length === 1 ? "lines" : "files";
  const deeper = files.every(({ name }) => /[/\\]/.test(name.slice(folder.length).replace(/^[/\\]+/, "")));
  return deeper ? "folders" : "files";
}

function endingOf(name: string): string {
  const [, ending = ""] = /\.([^./\\]+)$/.exec(name.replace(/\.gz$/i, "")) ?? [];
  return ending.toLowerCase();
}

function shortened(label: string, end: string | undefined): string {
  const at = end === undefined ? -1 : label.indexOf(end);
  return at < 0 ? label : label.slice(0, at);
}

function labelled(
  text: string,
  { multiLabel, labelEnd }: CompleteClassifyOptions,
): { label: string } | { labels: string[] } {
  if (!multiLabel) return { label: shortened(text, labelEnd) };
  const labels = text.split("|").flatMap((label) => (label.trim() === "" ? [] : [shortened(label.trim(), labelEnd)]));
  return { labels };
}

/** `{"text": …}` or `{"series": [[…], …]}` with `label` (a text or number) or a list of them. */
function fromJson(file: string, line: number, value: unknown, options: CompleteClassifyOptions): ClassifyExample {
  const { textColumn, labelColumn, labelEnd } = options;
  const record = (typeof value === "object" && value !== null ? value : {}) as Record<string, unknown>;
  const text = record[textColumn];
  const isNumbers = (one: unknown): boolean => Array.isArray(one) && one.every((number) => typeof number === "number");
  const series = record.series;
  const isSeries = Array.isArray(series) && series.every(isNumbers);
  const fail = (field: string, received: unknown): Error => {
    return badRecord(file, line, field, receivedText(JSON.stringify(received) ?? "nothing"));
  };
  if (typeof text !== "string" && !isSeries) throw fail(`a text in "${textColumn}", or a "series"`, value);
  const given = record[labelColumn];
  const labels = (Array.isArray(given) ? given : [given]).map((label) => {
    if (typeof label !== "string" && typeof label !== "number") throw fail(`a label in "${labelColumn}"`, given);
    return shortened(String(label), labelEnd);
  });
  const input = typeof text === "string" ? { text } : { series: series as number[][] };
  return { ...input, ...(Array.isArray(given) ? { labels } : { label: labels[0] }) };
}
