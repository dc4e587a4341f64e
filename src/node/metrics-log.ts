import fs from "node:fs";
import path from "node:path";
import { readIfThere } from "./run-reader.js";
import { writing } from "./durable-files.js";

/** `metrics.jsonl`: one JSON object a line, most with a `step`, steps ascending. */
export class MetricsLog {
  static readonly FILE = "metrics.jsonl";
  readonly #file: string;

  constructor(run: string) {
    this.#file = path.join(run, MetricsLog.FILE);
  }

  /** Add a line; not yet safe from a power cut (see `sync`), but from a kill. */
  append(line: Readonly<Record<string, unknown>>): void {
    writing(this.#file, () => fs.appendFileSync(this.#file, `${JSON.stringify(line)}\n`));
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

  /** Cut before the first line that is about a later step, is not JSON, or was not finished. */
  truncate(step: number): void {
    const bytes = readIfThere(this.#file);
    if (bytes === null) return;
    let kept = 0;
    for (let end = bytes.indexOf(10); end >= 0; end = bytes.indexOf(10, kept)) {
      if (!(stepOf(bytes.subarray(kept, end)) <= step)) break;
      kept = end + 1;
    }
    if (kept === bytes.length) return;
    writing(this.#file, () => {
      fs.truncateSync(this.#file, kept);
      this.sync();
    });
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
