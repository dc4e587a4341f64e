import { HiddenstateError } from "../../errors.js";

/**
 * Records that a reader left out: handing one to a reader is the choice to go on after a record that cannot be read.
 *
 * @example
 * const skipped = new Skipped();
 * const rows = await collect(readCsv(file, { skipped }));
 * console.log(skipped.count, skipped.first[0]?.message);
 */
export class Skipped {
  /** How many. */
  count = 0;
  /** The first ten, each with file and line. */
  readonly first: HiddenstateError[] = [];

  /** Count one more. */
  add(problem: HiddenstateError): void {
    this.count += 1;
    if (this.first.length < 10) this.first.push(problem);
  }
}

/** What every reader of records is told besides its own options. */
export interface SkipOptions {
  /** Leave out records that cannot be read, and count them here; default: the first of them is an error. */
  readonly skipped?: Skipped;
}

/** Leave a record out if that is allowed; throw its error if not, and any error that is no record's. */
export function reject(problem: unknown, skipped: Skipped | undefined): void {
  const ofRecord = problem instanceof HiddenstateError && problem.code === "E_RECORD";
  if (skipped === undefined || !ofRecord) throw problem;
  skipped.add(problem);
}

/** Everything a reader gives, as an array. */
export async function collect<Item>(items: AsyncIterable<Item>): Promise<Item[]> {
  const all: Item[] = [];
  for await (const item of items) all.push(item);
  return all;
}
