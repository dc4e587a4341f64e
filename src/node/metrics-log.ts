import { createHash, type Hash } from "node:crypto";
import fs from "node:fs";
import path from "node:path";
import { runFileDamaged } from "../errors.js";
import { writing } from "./durable-files.js";
import { type Fingerprint, verify } from "./run-manifest.js";
import { readIfThere } from "./run-reader.js";

const LINE_END = 10;

/** `metrics.jsonl`: one JSON object a line, most with a `step`, steps ascending. */
export class MetricsLog {
  static readonly FILE = "metrics.jsonl";
  readonly #file: string;
  /** Of everything so far. */
  #hash!: Hash;
  #bytes!: number;
  /** Of everything before the first line about the latest step. */
  #before!: { readonly hash: Hash; readonly bytes: number };
  #step!: number;

  constructor(run: string) {
    this.#file = path.join(run, MetricsLog.FILE);
    this.#read(readIfThere(this.#file) ?? new Uint8Array());
  }

  /** The lines before those about the latest step: a checkpoint keeps the latter itself, and vouches for these. */
  get settled(): Fingerprint {
    return { bytes: this.#before.bytes, sha256: this.#before.hash.copy().digest("hex") };
  }

  /** Add a line; not yet safe from a power cut (see `sync`), but from a kill. */
  append(line: Readonly<Record<string, unknown>>): void {
    const bytes = new TextEncoder().encode(`${JSON.stringify(line)}\n`);
    writing(this.#file, () => fs.appendFileSync(this.#file, bytes));
    this.#add(bytes);
  }

  /** The lines so far, without one that was not finished. */
  lines(): Readonly<Record<string, unknown>>[] {
    const text = new TextDecoder().decode(readIfThere(this.#file) ?? new Uint8Array());
    return text
      .split("\n")
      .slice(0, -1)
      .map((line) => JSON.parse(line) as Record<string, unknown>);
  }

  /** Wait until the disk has every line. */
  sync(): void {
    if (!fs.existsSync(this.#file)) return;
    const fd = fs.openSync(this.#file, "r+");
    try {
      fs.fsyncSync(fd);
    } finally {
      fs.closeSync(fd);
    }
  }

  /**
   * Cut before the first line that is about a later step, is not JSON, or was not finished.
   *
   * @param saved what the log must begin with
   * @throws E_RUN_DAMAGED, and nothing is cut
   */
  truncate(step: number, saved?: Fingerprint): void {
    const bytes = readIfThere(this.#file);
    if (saved !== undefined && saved.bytes > 0) {
      if (bytes === null) throw runFileDamaged(this.#file, "missing");
      verify(this.#file, bytes.subarray(0, saved.bytes), saved);
    }
    if (bytes === null) return;
    let kept = 0;
    for (let end = bytes.indexOf(LINE_END); end >= 0; end = bytes.indexOf(LINE_END, kept)) {
      if (!(stepOf(bytes.subarray(kept, end)) <= step)) break;
      kept = end + 1;
    }
    if (kept === bytes.length) return;
    writing(this.#file, () => {
      fs.truncateSync(this.#file, kept);
      this.sync();
    });
    this.#read(bytes.subarray(0, kept));
  }

  #read(bytes: Uint8Array): void {
    this.#hash = createHash("sha256");
    this.#bytes = 0;
    this.#step = -Infinity;
    this.#before = { hash: this.#hash.copy(), bytes: 0 };
    for (let start = 0; start < bytes.length;) {
      const end = bytes.indexOf(LINE_END, start);
      const next = end < 0 ? bytes.length : end + 1;
      this.#add(bytes.subarray(start, next));
      start = next;
    }
  }

  #add(line: Uint8Array): void {
    const step = stepOf(line);
    if (step > this.#step) {
      this.#step = step;
      this.#before = { hash: this.#hash.copy(), bytes: this.#bytes };
    }
    this.#hash.update(line);
    this.#bytes += line.length;
  }
}

/** The step a line is about; −Infinity for a line about the whole run, NaN for one that cannot be read. */
function stepOf(line: Uint8Array): number {
  try {
    const { step } = JSON.parse(new TextDecoder().decode(line)) as { step?: unknown };
    return step === undefined ? -Infinity : Number(step);
  } catch {
    return NaN;
  }
}
