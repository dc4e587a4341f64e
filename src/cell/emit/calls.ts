import type { Code } from "../../runtime/emit/code.js";
import { tanh } from "../../runtime/emit/lowering.js";
import { OP, TYPE } from "../../runtime/emit/opcodes.js";
import { POSITIONS, type Call, type CallOp, type Slot } from "../plan-format.js";
import type { RowContext } from "./passes.js";

/** Columns of one turn of a loop: `vectors` times four, or a single one in lane 0 beside zeros. */
interface Width {
  readonly vectors: 4 | 1;
  readonly single: boolean;
  readonly bytes: 64 | 16 | 4;
}

const WIDE: Width = { vectors: 4, single: false, bytes: 64 };
const ONE_VECTOR: Width = { vectors: 1, single: false, bytes: 16 };
const SINGLE: Width = { vectors: 1, single: true, bytes: 4 };

/** One call for one row: the loops over its positions and over the columns of its memory. */
export function emitCall(context: RowContext, call: Call): void {
  const emitter = new CallEmitter(context, call);
  EMIT[call.op](emitter);
}

const EMIT: Readonly<Record<CallOp, (e: CallEmitter) => void>> = {
  dot: (e) => e.dot(),
  mix: (e) => e.mix(),
  additive: (e) => e.additive(),
  dotBack: (e) => e.dotBack(),
  mixBack: (e) => e.mixBack(),
  additiveBack: (e) => e.additiveBack(),
};

class CallEmitter {
  private readonly context: RowContext;
  private readonly code: Code;
  private readonly outs: readonly number[];
  private readonly args: readonly number[];
  private readonly memory: number;
  private readonly gradient: number | null;
  /** Bytes of a row of the memory, and of a row of one number per position. */
  private readonly units: number;
  private readonly positions: number;
  /** Loop counters, in bytes: columns of a row, positions; addresses of the memory's row and of its gradient's. */
  private readonly column: number;
  private readonly position: number;
  private readonly row: number;
  private readonly into: number;

  constructor(context: RowContext, { outs, args, memory, gradient }: Call) {
    const { code, plan, pointer, dimBytes } = context;
    const local = (slot: Slot): number => pointer(slot);
    this.context = context;
    this.code = code;
    this.outs = outs.map(local);
    this.args = args.map(local);
    this.memory = pointer(memory);
    this.gradient = gradient === undefined ? null : pointer(gradient);
    this.units = dimBytes(plan.buffers[memory.buffer].dim);
    this.positions = dimBytes(POSITIONS);
    [this.column, this.position, this.row, this.into] = Array.from({ length: 4 }, () => code.local(TYPE.i32));
  }

  dot(): void {
    const [y] = this.outs;
    const [q, valid] = this.args;
    this.eachPosition(
      valid,
      () => {
        const sums = this.zeros(4);
        this.columns([WIDE, ONE_VECTOR, SINGLE], (width) => {
          for (let v = 0; v < width.vectors; v++) {
            this.code.get(sums[v]);
            this.push(q, width, v);
            this.push(this.row, width, v);
            this.code.op(OP.f32x4Mul).op(OP.f32x4Add).set(sums[v]);
          }
        });
        this.storeSum(y, sums);
      },
      () => this.storeZero(y),
    );
  }

  mix(): void {
    const [y] = this.outs;
    const [w, valid] = this.args;
    this.columns([WIDE, ONE_VECTOR, SINGLE], (width) => {
      const sums = this.zeros(width.vectors);
      this.eachPosition(valid, () => {
        const weight = this.splat(w);
        sums.forEach((sum, v) => {
          this.code.get(sum).get(weight);
          this.push(this.row, width, v);
          this.code.op(OP.f32x4Mul).op(OP.f32x4Add).set(sum);
        });
      });
      sums.forEach((sum, v) => this.store(y, width, v, sum));
    });
  }

  additive(): void {
    const { code } = this;
    const [y] = this.outs;
    const [q, v, valid, coverage, u] = this.args;
    this.eachPosition(
      valid,
      () => {
        const sums = this.zeros(1);
        const covered = coverage === undefined ? null : this.splat(coverage);
        this.columns([ONE_VECTOR, SINGLE], (width) => {
          const t = this.curved(q, u, covered, width);
          code.get(sums[0]);
          this.push(v, width, 0);
          code.get(t).op(OP.f32x4Mul).op(OP.f32x4Add).set(sums[0]);
        });
        this.storeSum(y, sums);
      },
      () => this.storeZero(y),
    );
  }

  dotBack(): void {
    const [dq] = this.outs;
    const [d, q, valid] = this.args;
    this.columns([WIDE, ONE_VECTOR, SINGLE], (width) => {
      const sums = this.zeros(width.vectors);
      const query = sums.map((_, v) => this.load(q, width, v));
      this.eachPosition(valid, () => {
        const weight = this.splat(d);
        sums.forEach((sum, v) => {
          this.code.get(sum).get(weight);
          this.push(this.row, width, v);
          this.code.op(OP.f32x4Mul).op(OP.f32x4Add).set(sum);
          this.addProduct(weight, query[v], width, v);
        });
      });
      sums.forEach((sum, v) => this.store(dq, width, v, sum));
    });
  }

  mixBack(): void {
    const [dw] = this.outs;
    const [d, w, valid] = this.args;
    this.eachPosition(
      valid,
      () => {
        const sums = this.zeros(4);
        const weight = this.splat(w);
        this.columns([WIDE, ONE_VECTOR, SINGLE], (width) => {
          for (let v = 0; v < width.vectors; v++) {
            const value = this.load(d, width, v);
            this.code.get(sums[v]).get(value);
            this.push(this.row, width, v);
            this.code.op(OP.f32x4Mul).op(OP.f32x4Add).set(sums[v]);
            this.addProduct(weight, value, width, v);
          }
        });
        this.storeSum(dw, sums);
      },
      () => this.storeZero(dw),
    );
  }

  additiveBack(): void {
    const { code } = this;
    const { lanes } = this.context;
    const [dq, dv, dc, du] = this.outs;
    const [d, q, v, valid, coverage, u] = this.args;
    const zero = code.constantLocal(0);
    this.columns([ONE_VECTOR, SINGLE], (width) => {
      for (const out of [dq, dv, ...(du === undefined ? [] : [du])]) this.store(out, width, 0, zero);
    });
    const sums = dc === undefined ? [] : this.zeros(1);
    this.eachPosition(
      valid,
      () => {
        const arriving = this.splat(d);
        const covered = coverage === undefined ? null : this.splat(coverage);
        if (dc !== undefined) code.get(zero).set(sums[0]);
        this.columns([ONE_VECTOR, SINGLE], (width) => {
          const t = this.curved(q, u, covered, width);
          this.push(v, width, 0);
          const slope = lanes.mul(lanes.take(), lanes.sub(lanes.constant(1), lanes.mul(t, t)));
          const inner = lanes.mul(arriving, slope);
          this.addTo(dq, inner, width);
          this.addTo(dv, lanes.mul(arriving, t), width);
          if (this.gradient !== null) this.addTo(this.into, inner, width);
          if (dc !== undefined && covered !== null) {
            this.addTo(du, lanes.mul(inner, covered), width);
            this.push(u, width, 0);
            code.get(lanes.add(sums[0], lanes.mul(inner, lanes.take()))).set(sums[0]);
          }
        });
        if (dc !== undefined) this.storeSum(dc, sums);
      },
      dc === undefined ? undefined : () => this.storeZero(dc),
    );
  }

  /** tanh(q + m[s] (+ c[s]·u)), as a value of a body that starts here. */
  private curved(q: number, u: number | undefined, covered: number | null, width: Width): number {
    const { lanes } = this.context;
    lanes.restart();
    this.push(q, width, 0);
    this.push(this.row, width, 0);
    this.code.op(OP.f32x4Add);
    if (covered !== null && u !== undefined) {
      this.code.get(covered);
      this.push(u, width, 0);
      this.code.op(OP.f32x4Mul).op(OP.f32x4Add);
    }
    return tanh(lanes, lanes.take());
  }

  /** `body` for every position that is valid, `otherwise` for every other one. */
  private eachPosition(valid: number, body: () => void, otherwise?: () => void): void {
    const { code } = this;
    code.i32(0).set(this.position).get(this.memory).set(this.row);
    if (this.gradient !== null) code.get(this.gradient).set(this.into);
    code.loop(() => {
      // Any number but ±0 is a yes.
      code.get(valid).get(this.position).op(OP.i32Add).access(OP.i32Load, 2).i32(1).op(OP.i32Shl);
      code.if(body, otherwise);
      code.get(this.row).get(this.units).op(OP.i32Add).set(this.row);
      if (this.gradient !== null) code.get(this.into).get(this.units).op(OP.i32Add).set(this.into);
      code.get(this.position).i32(4).op(OP.i32Add).tee(this.position);
      code.get(this.positions).op(OP.i32LtU).brIf(0);
    });
  }

  /** `body` for all columns of a row, in turns of these widths, the widest first. */
  private columns(widths: readonly Width[], body: (width: Width) => void): void {
    const { code } = this;
    code.i32(0).set(this.column);
    for (const width of widths) {
      const end = code.local(TYPE.i32);
      code.get(this.units).i32(-width.bytes).op(OP.i32And).set(end);
      code.get(this.column).get(end).op(OP.i32LtU);
      code.if(() => {
        code.loop(() => {
          body(width);
          code.get(this.column).i32(width.bytes).op(OP.i32Add).tee(this.column);
          code.get(end).op(OP.i32LtU).brIf(0);
        });
      });
    }
  }

  private zeros(count: number): number[] {
    const zero = this.code.constantLocal(0);
    return Array.from({ length: count }, () => {
      const local = this.code.local(TYPE.v128);
      this.code.get(zero).set(local);
      return local;
    });
  }

  /** The number of this position in all lanes. */
  private splat(row: number): number {
    const local = this.code.local(TYPE.v128);
    this.code.get(row).get(this.position).op(OP.i32Add).access(OP.v128Load32Splat, 2).set(local);
    return local;
  }

  /** Push vector `v` of this turn's columns of the row at address `at`. */
  private push(at: number, { single }: Width, v: number): void {
    this.code.get(at).get(this.column).op(OP.i32Add);
    this.code.access(single ? OP.v128Load32Zero : OP.v128Load, 2, 16 * v);
  }

  private load(at: number, width: Width, v: number): number {
    const local = this.code.local(TYPE.v128);
    this.push(at, width, v);
    this.code.set(local);
    return local;
  }

  private store(at: number, { single }: Width, v: number, value: number): void {
    this.code.get(at).get(this.column).op(OP.i32Add).get(value);
    if (single) this.code.storeLane0();
    else this.code.access(OP.v128Store, 2, 16 * v);
  }

  private addTo(at: number, value: number, width: Width, v = 0): void {
    const { code } = this;
    code.get(at).get(this.column).op(OP.i32Add);
    this.push(at, width, v);
    code.get(value).op(OP.f32x4Add);
    if (width.single) code.storeLane0();
    else code.access(OP.v128Store, 2, 16 * v);
  }

  /** The gradient of the memory += weight · value. */
  private addProduct(weight: number, value: number, width: Width, v: number): void {
    if (this.gradient === null) return;
    const { code } = this;
    code.get(this.into).get(this.column).op(OP.i32Add);
    this.push(this.into, width, v);
    code.get(weight).get(value).op(OP.f32x4Mul).op(OP.f32x4Add);
    if (width.single) code.storeLane0();
    else code.access(OP.v128Store, 2, 16 * v);
  }

  /** The sum of all lanes of all partial sums, to this position of a row. */
  private storeSum(row: number, sums: readonly number[]): void {
    const { code } = this;
    const [first, ...rest] = sums;
    code.get(row).get(this.position).op(OP.i32Add);
    code.get(first);
    for (const sum of rest) code.get(sum).op(OP.f32x4Add);
    code.set(first);
    code.get(first).extractLane(0).get(first).extractLane(1).op(OP.f32Add);
    code.get(first).extractLane(2).get(first).extractLane(3).op(OP.f32Add);
    code.op(OP.f32Add).access(OP.f32Store, 2);
  }

  private storeZero(row: number): void {
    this.code.get(row).get(this.position).op(OP.i32Add).f32(0).access(OP.f32Store, 2);
  }
}
