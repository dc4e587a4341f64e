import { unevenLines } from "../../errors.js";
import type { FileSource } from "../file-source.js";
import { type Line, lineBlocks, type TextOptions } from "./lines.js";

/** A line and its translation. */
export interface ParallelLine {
  readonly source: string;
  readonly target: string;
  /** From 1, in both files. */
  readonly line: number;
}

/**
 * Two texts that go line by line.
 *
 * Errors: `E_PARALLEL` with both numbers when one file has more lines; those of `readLines`.
 *
 * @example
 * for await (const { source, target } of readParallel(german, english)) console.log(source, "→", target);
 */
export async function* readParallel(
  source: FileSource,
  target: FileSource,
  text: TextOptions = {},
): AsyncGenerator<ParallelLine, void, undefined> {
  const [left, right] = [new Reader(lineBlocks(source, text)), new Reader(lineBlocks(target, text))];
  for (let line = 1; ; line++) {
    const [a, b] = [left.now() ?? (await left.next()), right.now() ?? (await right.next())];
    if (a === null && b === null) return;
    if (a === null || b === null) {
      const counts = [line - 1 + (await left.rest(a)), line - 1 + (await right.rest(b))];
      throw unevenLines(source.name, counts[0], target.name, counts[1]);
    }
    yield { source: a.text, target: b.text, line };
  }
}

/** Lines one by one, waiting only at the end of a block. */
class Reader {
  readonly #blocks: AsyncGenerator<readonly Line[], void, undefined>;
  #block: readonly Line[] = [];
  #at = 0;

  constructor(blocks: AsyncGenerator<readonly Line[], void, undefined>) {
    this.#blocks = blocks;
  }

  now(): Line | null {
    return this.#block[this.#at++] ?? null;
  }

  async next(): Promise<Line | null> {
    for (;;) {
      const { value, done } = await this.#blocks.next();
      if (done === true) return null;
      this.#block = value;
      this.#at = 0;
      const line = this.now();
      if (line !== null) return line;
    }
  }

  /** How many there are from the given one on. */
  async rest(line: Line | null): Promise<number> {
    if (line === null) return 0;
    let count = 1 + this.#block.length - this.#at;
    for await (const block of this.#blocks) count += block.length;
    return count;
  }
}
