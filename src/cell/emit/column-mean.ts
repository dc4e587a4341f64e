import type { Code } from "../../runtime/emit/code.js";
import { OP, TYPE } from "../../runtime/emit/opcodes.js";
import { SUM_BLOCK, type ColumnMean, type Plan } from "../plan-format.js";
import type { Addresses } from "./addresses.js";

/** What a mean over rows needs of the step it is in. */
export interface ColumnContext {
  readonly plan: Plan;
  readonly code: Code;
  readonly addresses: Addresses;
  /** Local of n[s], at least 1. */
  readonly rows: number;
}

/**
 * The mean over the rows of a step, in every row: four columns at a time, then one at a time in lane 0, which the same
 * vector instructions make the same bits. One worker runs it, over all rows.
 */
export function emitColumnMean({ plan, code, addresses, rows }: ColumnContext, { out, a }: ColumnMean): void {
  const size = addresses.dimBytes(plan.buffers[out.buffer].dim);
  const [from, to, at, row, end, column] = Array.from({ length: 6 }, () => code.local(TYPE.i32));
  const [whole] = [code.local(TYPE.i32)];
  const [total, block, count] = Array.from({ length: 3 }, () => code.local(TYPE.v128));
  addresses.pushFirst(a);
  code.set(from);
  addresses.pushFirst(out);
  code.set(to).i32(0).set(column);
  code.get(rows).op(OP.f32ConvertI32U).op(OP.f32x4Splat).set(count);
  code.get(size).i32(-16).op(OP.i32And).set(whole);
  const zero = code.constantLocal(0);

  const columns = (single: boolean): void => {
    code.get(from).get(column).op(OP.i32Add).set(at);
    code.get(zero).set(total).i32(0).set(row);
    code.loop(() => {
      // The end of this chain: SUM_BLOCK rows on, or the last row.
      code.get(row).i32(SUM_BLOCK).op(OP.i32Add).tee(end).get(rows);
      code.get(end).get(rows).op(OP.i32LtU).op(OP.select).set(end);
      code.get(zero).set(block);
      code.loop(() => {
        code.get(block);
        code.get(at).access(single ? OP.v128Load32Zero : OP.v128Load, 2);
        code.op(OP.f32x4Add).set(block);
        code.get(at);
        addresses.pushStride(a);
        code.op(OP.i32Add).set(at);
        code.get(row).i32(1).op(OP.i32Add).tee(row).get(end).op(OP.i32LtU).brIf(0);
      });
      code.get(total).get(block).op(OP.f32x4Add).set(total);
      code.get(row).get(rows).op(OP.i32LtU).brIf(0);
    });
    code.get(total).get(count).op(OP.f32x4Div).set(total);
    code.get(to).get(column).op(OP.i32Add).set(at).i32(0).set(row);
    code.loop(() => {
      code.get(at).get(total);
      if (single) code.storeLane0();
      else code.access(OP.v128Store, 2);
      code.get(at);
      addresses.pushStride(out);
      code.op(OP.i32Add).set(at);
      code.get(row).i32(1).op(OP.i32Add).tee(row).get(rows).op(OP.i32LtU).brIf(0);
    });
    code
      .get(column)
      .i32(single ? 4 : 16)
      .op(OP.i32Add)
      .set(column);
  };
  code.get(whole).if(() => {
    code.loop(() => {
      columns(false);
      code.get(column).get(whole).op(OP.i32LtU).brIf(0);
    });
  });
  code.get(column).get(size).op(OP.i32LtU);
  code.if(() => {
    code.loop(() => {
      columns(true);
      code.get(column).get(size).op(OP.i32LtU).brIf(0);
    });
  });
}
