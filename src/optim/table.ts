import { RECORD_WORDS, runtime } from "../runtime/index.js";
import { scratch } from "../tensor/index.js";

/** Write records into a table in the heap, which is there as long as `use` runs. */
export function withTable<R, Result>(
  records: readonly R[],
  write: (words: Float64Array, place: number, record: R) => void,
  use: (table: number) => Result,
): Result {
  return scratch(records.length * RECORD_WORDS * 8, (table) => {
    const words = runtime().heap.f64(table, records.length * RECORD_WORDS);
    records.forEach((record, place) => write(words, place, record));
    return use(table);
  });
}
