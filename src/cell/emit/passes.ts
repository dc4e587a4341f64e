import type { Code } from "../../runtime/emit/code.js";
import { OP, TYPE } from "../../runtime/emit/opcodes.js";
import { toBits } from "../../runtime/emit/scalar-lanes.js";
import type { WasmLanes } from "../../runtime/emit/wasm-lanes.js";
import { planNotEmittable } from "../../errors.js";
import { ONE, type Instruction, type Pass, type Plan, type Slot, type Stage } from "../plan-format.js";
import { applyBinary, applySelect, applyUnary } from "./operators.js";

/** How wide one turn of a column loop is: four elements, or the single ones that are left. */
type Width = "vector" | "single";
const BYTES: Record<Width, number> = { vector: 16, single: 4 };

/** Where a row's slots lie and how long its dims are, as locals. */
export interface RowContext {
  readonly plan: Plan;
  readonly code: Code;
  readonly lanes: WasmLanes;
  readonly pointer: (slot: Slot) => number;
  readonly dimBytes: (dim: string) => number;
}

/**
 * The passes of a stage for one row. Each is a loop over its columns, four at a time, then one at a time: a single
 * element goes through the same vector instructions in lane 0, so its bits do not depend on where in the row it lies.
 * What is the same in every column is computed once, before the loop, in all four lanes.
 */
export function emitPasses(context: RowContext, stage: Stage): void {
  const reductions = new Map<number, number>();
  for (const pass of stage.passes) new PassEmitter(context, pass, reductions).emit();
}

class PassEmitter {
  private readonly context: RowContext;
  private readonly pass: Pass;
  /** Local of each row reduction of the stage: partial result in its own pass, four times the result after. */
  private readonly reductions: Map<number, number>;
  /** Locals of the registers that are the same in every column. */
  private readonly uniform = new Map<number, number>();
  private registers = new Map<number, number>();
  private readonly column: number;

  constructor(context: RowContext, pass: Pass, reductions: Map<number, number>) {
    this.context = context;
    this.pass = pass;
    this.reductions = reductions;
    this.column = context.code.local(TYPE.i32);
  }

  emit(): void {
    const { code, dimBytes } = this.context;
    const { column } = this;
    const size = dimBytes(this.pass.dim);
    const vectors = code.local(TYPE.i32);
    const results = this.pass.code.flatMap((i) => (i.op === "rowSum" || i.op === "rowMax" ? [i] : []));
    for (const { to, op } of results) {
      const partial = code.local(TYPE.v128);
      code.get(code.constantLocal(toBits(op === "rowSum" ? 0 : -Infinity))).set(partial);
      this.reductions.set(to, partial);
    }
    this.beforeColumns();
    if (this.pass.dim === ONE) return;
    code.i32(0).set(column);
    code.get(size).i32(-16).op(OP.i32And).tee(vectors);
    code.if(() => {
      code.loop(() => {
        this.body("vector");
        code.get(column).get(vectors).op(OP.i32LtU).brIf(0);
      });
    });
    code.get(column).get(size).op(OP.i32LtU);
    code.if(() => {
      code.loop(() => {
        this.body("single");
        code.get(column).get(size).op(OP.i32LtU).brIf(0);
      });
    });
    for (const { to, op } of results) this.combine(this.reductions.get(to)!, op);
  }

  /** Compute what every column shares; of a pass over one number per row, that is all of it. */
  private beforeColumns(): void {
    const { code, lanes, plan } = this.context;
    lanes.restart();
    for (const i of this.pass.code) {
      if (i.op === "store") {
        if (this.pass.dim !== ONE) continue;
        this.pushRow(i.slot);
        code.get(this.value(i.from)).extractLane(0).access(OP.f32Store, 2);
        continue;
      }
      if (!this.isUniform(i)) {
        if (this.pass.dim !== ONE) continue;
        throw planNotEmittable(plan.cell, `${i.op} in a pass over one number per row`);
      }
      this.instruction(i, "vector");
      const local = this.registers.get(i.to)!;
      if (i.op === "constant") this.uniform.set(i.to, local);
      else {
        const own = code.local(TYPE.v128);
        code.get(local).set(own);
        this.uniform.set(i.to, own);
      }
    }
  }

  private isUniform(i: Exclude<Instruction, { op: "store" }>): boolean {
    const known = (register: number): boolean => this.uniform.has(register) || this.isReduced(register);
    if (i.op === "constant" || i.op === "size") return true;
    if (i.op === "load") return this.isOne(i.slot);
    if (i.op === "rowSum" || i.op === "rowMax") return false;
    return known(i.a) && (!("b" in i) || known(i.b)) && (!("c" in i) || known(i.c));
  }

  /** Whether a register is a row reduction of an earlier pass. */
  private isReduced(register: number): boolean {
    return this.reductions.has(register) && !this.pass.code.some((i) => i.op !== "store" && i.to === register);
  }

  private isOne({ buffer }: Slot): boolean {
    return this.context.plan.buffers[buffer].dim === ONE;
  }

  private body(width: Width): void {
    const { code, lanes } = this.context;
    lanes.restart();
    this.registers = new Map(this.uniform);
    for (const i of this.pass.code) if (i.op === "store" || !this.uniform.has(i.to)) this.instruction(i, width);
    code.get(this.column).i32(BYTES[width]).op(OP.i32Add).set(this.column);
  }

  private instruction(i: Instruction, width: Width): void {
    const { code, lanes } = this.context;
    switch (i.op) {
      case "size":
        code.get(this.context.dimBytes(i.dim)).i32(2).op(OP.i32ShrU).op(OP.f32ConvertI32U).op(OP.f32x4Splat);
        this.registers.set(i.to, lanes.take());
        break;
      case "load":
        if (this.isOne(i.slot)) {
          this.pushRow(i.slot);
          code.access(OP.v128Load32Splat, 2);
          this.registers.set(i.to, lanes.take());
          break;
        }
        this.pushAddress(i.slot);
        code.access(width === "vector" ? OP.v128Load : OP.v128Load32Zero, 2);
        this.registers.set(i.to, lanes.take());
        break;
      case "store":
        this.pushAddress(i.slot);
        code.get(this.value(i.from));
        if (width === "vector") code.access(OP.v128Store, 2);
        else code.storeLane0();
        break;
      case "constant":
        this.registers.set(i.to, lanes.constant(i.value));
        break;
      case "rowSum":
      case "rowMax":
        this.reduce(i.op, this.reductions.get(i.to)!, this.value(i.a), width);
        break;
      case "select":
        this.registers.set(i.to, applySelect(lanes, this.value(i.c), this.value(i.a), this.value(i.b)));
        break;
      default:
        if ("b" in i) this.registers.set(i.to, applyBinary(lanes, i.op, this.value(i.a), this.value(i.b)));
        else this.registers.set(i.to, applyUnary(lanes, i.op, this.value(i.a)));
    }
  }

  private pushRow(slot: Slot): void {
    this.context.code.get(this.context.pointer(slot));
  }

  private pushAddress(slot: Slot): void {
    const { code, pointer } = this.context;
    code.get(pointer(slot)).get(this.column).op(OP.i32Add);
  }

  private value(register: number): number {
    const local = this.registers.get(register) ?? this.uniform.get(register) ?? this.reductions.get(register);
    if (local === undefined) {
      throw planNotEmittable(this.context.plan.cell, `register ${register} is read in a pass that does not compute it`);
    }
    return local;
  }

  /** Lanes 1 … 3 of a single element hold nothing of the row: they add 0 to a sum, −∞ to a maximum. */
  private reduce(op: "rowSum" | "rowMax", partial: number, a: number, width: Width): void {
    const { code, lanes } = this.context;
    const sum = op === "rowSum";
    let term = a;
    if (width === "single") {
      const first = code.constantLocal(-1, 0);
      term = sum ? lanes.and(a, first) : lanes.select(first, a, lanes.constant(-Infinity));
    }
    code
      .get(partial)
      .get(term)
      .op(sum ? OP.f32x4Add : OP.f32x4Max)
      .set(partial);
  }

  /** (lane 0 + lane 1) + (lane 2 + lane 3), or the maximum in that order, into all lanes. */
  private combine(partial: number, op: "rowSum" | "rowMax"): void {
    const { code } = this.context;
    const join = op === "rowSum" ? OP.f32Add : OP.f32Max;
    code.get(partial).extractLane(0).get(partial).extractLane(1).op(join);
    code.get(partial).extractLane(2).get(partial).extractLane(3).op(join);
    code.op(join).op(OP.f32x4Splat).set(partial);
  }
}
