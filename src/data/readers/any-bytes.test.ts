/** Whatever a file holds: records, or an error that says where; never a crash. */
import fc from "fast-check";
import { expect, test } from "vitest";
import { HiddenstateError } from "../../errors.js";
import {
  collect,
  type FileSource,
  gunzip,
  readClassFolders,
  readConll,
  readConllu,
  readCsv,
  readJsonl,
  readLabelled,
  readLines,
  readParallel,
  readSktime,
  Skipped,
  type SkipOptions,
} from "../index.js";

const READERS: Readonly<Record<string, (file: FileSource, options: SkipOptions) => AsyncIterable<unknown>>> = {
  lines: (file) => readLines(file),
  replaced: (file) => readLines(file, { invalid: "replace" }),
  latin1: (file) => readLines(file, { encoding: "latin1" }),
  gzip: (file) => readLines(gunzip(file)),
  csv: (file, options) => readCsv(file, { header: false, ...options }),
  tsv: (file, options) => readCsv(file, { delimiter: "\t", ...options }),
  jsonl: readJsonl,
  conll: readConll,
  tabs: (file, options) => readConll(file, { separator: "tab", comment: "#", ...options }),
  conllu: readConllu,
  labelled: readLabelled,
  folders: (file) => readClassFolders([file]),
  parallel: (file) => readParallel(file, file),
  sktime: readSktime,
};

/** What the formats are made of, and what belongs to none. */
const piece = fc.oneof(
  fc.constantFrom(
    "\n",
    "\r\n",
    "\t",
    " ",
    ",",
    '"',
    '""',
    ":",
    "?",
    "#",
    "_",
    "1",
    "1-2",
    "2.1",
    "@data",
    "@classLabel true a",
  ),
  fc.constantFrom("1\ta\t_\tX\t_\t_\t0\troot\t_\t_\n", "-DOCSTART- O\n", '{"a": 1}\n', "\ufeff", "\u2028", "😀", "é"),
  fc.string({ maxLength: 4 }),
);
const content = fc.oneof(
  fc.array(piece, { maxLength: 40 }).map((parts) => new TextEncoder().encode(parts.join(""))),
  fc.uint8Array({ maxLength: 60 }),
  fc.uint8Array({ maxLength: 60 }).map((bytes) => Uint8Array.of(0x1f, 0x8b, 8, 0, ...bytes)),
);

const inPieces = (bytes: Uint8Array, n: number): FileSource => ({
  name: "folder/any",
  async *open() {
    for (let at = 0; at < bytes.length; at += n) yield bytes.slice(at, at + n);
  },
});

test.each(Object.keys(READERS))("%s", async (name) => {
  const outcome = async (bytes: Uint8Array, n: number, options: SkipOptions): Promise<string> => {
    try {
      return JSON.stringify(await collect(READERS[name](inPieces(bytes, n), options)));
    } catch (error) {
      expect(error).toBeInstanceOf(HiddenstateError);
      expect((error as Error).message).toContain("folder/any");
      return (error as Error).message;
    }
  };
  await fc.assert(
    fc.asyncProperty(content, fc.integer({ min: 1, max: 50 }), async (bytes, n) => {
      const whole = await outcome(bytes, 1000, {});
      // How the bytes arrive changes nothing.
      if (name !== "gzip") expect(await outcome(bytes, n, {})).toBe(whole);
      const skipped = new Skipped();
      const lenient = await outcome(bytes, n, { skipped });
      if (skipped.count === 0 && name !== "gzip") expect(lenient).toBe(whole);
      for (const { message } of skipped.first) expect(message).toMatch(/^folder\/any, line \d+: /);
    }),
    { numRuns: 150 },
  );
});
