/** Attention over a memory, inside the recurrence: cells derived from cells. */
export { type BahdanauOptions, withBahdanau } from "./bahdanau.js";
export { type LuongOptions, type LuongScore, withLuong } from "./luong.js";
