import { describe, expect, it } from "vitest";
import { finalRows, packRows, previousRows, reversedRows } from "./rows.js";

const LENGTHS = [2, 0, 4, 1, 4];

describe("packRows", () => {
  it("sorts by length, ties in order, and leaves no padding", () => {
    const rows = packRows(LENGTHS);
    expect(rows).toMatchObject({ steps: 4, batch: 5, rows: 11, full: false });
    expect([...rows.order]).toEqual([2, 4, 0, 3, 1]);
    expect([...rows.lengths]).toEqual([4, 4, 2, 1, 0]);
    expect([...rows.active]).toEqual([4, 3, 2, 2]);
    expect([...rows.offsets]).toEqual([0, 4, 7, 9]);
  });

  it("sees that nothing is missing", () => {
    expect(packRows([3, 3])).toMatchObject({ steps: 3, rows: 6, full: true });
    expect([...packRows([3, 3]).order]).toEqual([0, 1]);
    expect(packRows([0, 0])).toMatchObject({ steps: 0, batch: 2, rows: 0, full: true });
    expect(packRows([])).toMatchObject({ steps: 0, batch: 0, rows: 0 });
  });
});

describe("row maps of a ragged batch", () => {
  const rows = packRows(LENGTHS);

  it("finalRows: the history row of each sequence's last step, the initial row where there is none", () => {
    expect([...finalRows(rows)]).toEqual([5 + 9, 5 + 10, 5 + 4 + 2, 5 + 3, 4]);
  });

  it("previousRows: where each step started from", () => {
    expect([...previousRows(rows)]).toEqual([0, 1, 2, 3, 5, 6, 7, 9, 10, 12, 13]);
  });

  it("reversedRows: an involution that keeps each sequence to its own rows", () => {
    const reversed = reversedRows(rows);
    expect([...reversed]).toEqual([9, 10, 6, 3, 7, 8, 2, 4, 5, 0, 1]);
    expect([...reversed].map((row) => reversed[row])).toEqual(Array.from({ length: 11 }, (_, i) => i));
  });
});
