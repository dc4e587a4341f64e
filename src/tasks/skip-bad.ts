import { Skipped } from "../data/index.js";
import { skippedText } from "../errors.js";
import type { ReadContext } from "./task.js";

/** The option of tasks that read records. */
export const SKIP_BAD = {
  kind: "flag",
  default: false,
  doc: "leave out records that cannot be read, and tell how many and the first",
} as const;

/**
 * Read records, leaving out those that cannot be read if that is asked for; how many and the first of them is told in the end.
 *
 * @param read hands what it is given to readers, which count there, or throw at the first without it
 */
export async function readingRecords<Result>(
  skipBad: boolean,
  { note }: ReadContext,
  read: (skipped: Skipped | undefined) => Promise<Result>,
): Promise<Result> {
  if (!skipBad) return read(undefined);
  const skipped = new Skipped();
  const result = await read(skipped);
  if (skipped.count > 0) note?.(skippedText(skipped.count, skipped.first));
  return result;
}
