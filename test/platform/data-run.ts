/** Files to batches, told as text: the same in every engine. */
import {
  type BatchSource,
  blobFile,
  BpeTokenizer,
  bucketedBatches,
  type FileSource,
  gunzip,
  memoryFile,
  readCsv,
  readLines,
  Skipped,
  splitByHash,
  WordTokenizer,
} from "hiddenstate/data";

/** What a run found. */
export interface DataRun {
  /** Whether the platform can unpack gzip. */
  readonly unpacks: boolean;
  readonly rows: readonly string[];
  readonly problems: readonly string[];
  readonly error: string;
  readonly words: string;
  readonly pieces: string;
  readonly merges: string;
  readonly batches: string;
}

const TEXT = "Der größere Fuchs, 狐狸 und 😀 — “quoted” don't; e-mail 3,14!\n".repeat(12);

/** @param packed a table, gzipped, in base64 */
export async function dataRun(packed: string): Promise<DataRun> {
  const bytes = Uint8Array.from(atob(packed), (character) => character.charCodeAt(0));
  const file = gunzip(blobFile(new Blob([bytes]), "table.csv.gz"));
  const skipped = new Skipped();
  const rows: string[] = [];
  for await (const { fields, line } of readCsv(file, { skipped })) rows.push(`${line} ${fields.label}: ${fields.text}`);
  const bpe = BpeTokenizer.train([TEXT], { size: 300 });
  const words = WordTokenizer.train([TEXT], { specials: { unk: "<unk>" } });
  const source = bucketedBatches(rows, { tokens: 60, length: (row) => row.length });
  return {
    unpacks: "DecompressionStream" in globalThis,
    rows,
    problems: skipped.first.map(({ message }) => message),
    error: await firstError(memoryFile("bad.txt", Uint8Array.of(0x61, 0x0a, 0xff))),
    words: words.encode(TEXT).tokens.join("|"),
    pieces: bpe.encode(TEXT).ids.join(),
    merges: JSON.stringify(bpe),
    batches: JSON.stringify([all(source, 0), all(source, 1), splitByHash(rows, 0.5, (row) => row)]),
  };
}

function all<Batch>(source: BatchSource<Batch>, epoch: number): Batch[] {
  return Array.from({ length: source.count(epoch) }, (_, i) => source.batch(epoch, i));
}

async function firstError(file: FileSource): Promise<string> {
  try {
    for await (const _ of readLines(file));
    return "";
  } catch (error) {
    return (error as Error).message;
  }
}
