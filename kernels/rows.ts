import { after } from "./lanes";
import { copyRow } from "./memory";
import { LINE, shareEnd, shareStart } from "./shards";

export function copyColumns(
  out: usize, ldo: i32, a: usize, lda: i32, rows: i32, cols: i32, worker: i32, workers: i32,
): void {
  const first = shareStart(rows, 4, worker, workers);
  rows = shareEnd(rows, 4, worker, workers) - first;
  out += ((<usize>first) * ldo) << 2;
  a += ((<usize>first) * lda) << 2;
  const bytes = (<usize>cols) << 2;
  if (ldo == cols && lda == cols) {
    memory.copy(out, a, bytes * rows);
    return;
  }
  for (let r = 0; r < rows; r++) {
    copyRow(out, a, bytes);
    out = after(out, ldo);
    a = after(a, lda);
  }
}

/** out[r, :] = table[index[r], :]; zeros where the index is negative. */
export function gatherRows(
  out: usize, table: usize, index: usize, rows: i32, width: i32, worker: i32, workers: i32,
): void {
  const first = shareStart(rows, 4, worker, workers);
  rows = shareEnd(rows, 4, worker, workers) - first;
  const bytes = (<usize>width) << 2;
  out += bytes * first;
  index = after(index, first);
  for (let r = 0; r < rows; r++) {
    const row = load<i32>(index);
    if (row < 0) memory.fill(out, 0, bytes);
    else copyRow(out, table + bytes * row, bytes);
    out += bytes;
    index += 4;
  }
}

/** table[index[r], :] += a[r, :], r ascending; a negative index is passed over. Workers share the columns. */
export function scatterAddRows(
  table: usize, a: usize, index: usize, rows: i32, width: i32, worker: i32, workers: i32,
): void {
  const bytes = (<usize>width) << 2;
  const first = shareStart(width, LINE, worker, workers);
  width = shareEnd(width, LINE, worker, workers) - first;
  table = after(table, first);
  a = after(a, first);
  for (let r = 0; r < rows; r++) {
    const row = load<i32>(index);
    if (row >= 0) addRow(table + bytes * row, a, width);
    a += bytes;
    index += 4;
  }
}

function addRow(out: usize, a: usize, width: i32): void {
  const last = after(a, width & ~3);
  const end = after(a, width);
  while (a < last) {
    v128.store(out, f32x4.add(v128.load(out), v128.load(a)));
    a += 16;
    out += 16;
  }
  while (a < end) {
    store<f32>(out, load<f32>(out) + load<f32>(a));
    a += 4;
    out += 4;
  }
}
