import type { Code } from "../../runtime/emit/code.js";
import { OP, TYPE } from "../../runtime/emit/opcodes.js";
import { planNotEmittable } from "../../errors.js";
import { bufferWord, dimWord, FRAME, WORD, weightWord } from "../frame.js";
import { callSlots, POSITIONS, type Plan, type PlanWeight, type Slot, type Stage } from "../plan-format.js";

/** Parameter numbers of every exported function. */
export const PARAMETER = { frame: 0, worker: 1, workers: 2 } as const;

/** Locals that say where a step's rows start. */
export interface StepRows {
  /** off[s]. */
  readonly offset: number;
  /** First `previous` row of a history: 0 at s = 0, B + off[s − 1] after; null outside the time loop. */
  readonly previous: number | null;
}

/**
 * The address arithmetic of some stages of one function, from coarse to fine: `loadFrame` once, `startStep` per step,
 * `startRow` per row; each leaves locals that the next one reads.
 */
export class Addresses {
  private readonly plan: Plan;
  private readonly code: Code;
  /** Local of each dim's size in bytes. */
  private readonly dims = new Map<string, number>();
  private readonly bases = new Map<number, number>();
  private readonly strides = new Map<number, number>();
  /** Local of the address of row 0 of the step, by buffer and time. */
  private readonly steps = new Map<string, number>();
  private readonly slots: readonly Slot[];
  readonly batch: number;

  constructor(plan: Plan, stages: readonly Stage[], code: Code) {
    this.plan = plan;
    this.code = code;
    this.slots = stages.flatMap((stage) => [
      ...[...stage.matmuls, ...(stage.columnMeans ?? [])].flatMap(({ out, a }) => [out, a]),
      ...rowSlots(stage),
    ]);
    this.batch = code.local(TYPE.i32);
  }

  /** Push word `word` of the frame. */
  frameWord(word: number): Code {
    return this.code.get(PARAMETER.frame).access(OP.i32Load, 2, word * WORD);
  }

  /** Read sizes and addresses into locals. */
  loadFrame(): void {
    const { code, plan } = this;
    this.frameWord(FRAME.batch).set(this.batch);
    plan.dims.forEach((name, i) => {
      const local = code.local(TYPE.i32);
      this.dims.set(name, local);
      this.frameWord(dimWord(i)).i32(2).op(OP.i32Shl).set(local);
    });
    for (const index of new Set(this.slots.map((slot) => slot.buffer))) {
      const [base, stride] = [code.local(TYPE.i32), code.local(TYPE.i32)];
      const { dim, blocks } = plan.buffers[index];
      this.bases.set(index, base);
      this.strides.set(index, stride);
      this.frameWord(bufferWord(plan, index)).set(base);
      code.get(this.dimBytes(dim)).i32(blocks).op(OP.i32Mul).set(stride);
    }
  }

  /** The local of a dim's size in bytes. */
  dimBytes(name: string): number {
    const local = this.dims.get(name);
    if (local === undefined) throw planNotEmittable(this.plan.cell, `a dim called ${name} is not among its dims`);
    return local;
  }

  /** Find row 0 of every buffer at this step. */
  startStep({ offset, previous }: StepRows): void {
    const { code, plan } = this;
    for (const slot of this.slots) {
      const key = stepKey(slot);
      if (this.steps.has(key)) continue;
      const { kind, name } = plan.buffers[slot.buffer];
      const [base, stride] = [this.bases.get(slot.buffer)!, this.strides.get(slot.buffer)!];
      const wanted = kind === "history" && slot.at === "previous";
      if (previous === null && (wanted || kind === "carry" || kind === "scratch" || kind === "memory")) {
        throw planNotEmittable(plan.cell, `${name} is used outside the time loop, where it has no row of its own`);
      }
      if (kind === "vector" || kind === "carry" || kind === "scratch" || kind === "memory") {
        this.steps.set(key, base);
        continue;
      }
      const local = code.local(TYPE.i32);
      this.steps.set(key, local);
      if (wanted) code.get(previous!);
      else if (kind === "history") code.get(this.batch).get(offset).op(OP.i32Add);
      else code.get(offset);
      code.get(stride).op(OP.i32Mul).get(base).op(OP.i32Add).set(local);
    }
  }

  /** Push the address of column 0 of `slot` in row 0 of the step. */
  pushFirst(slot: Slot): void {
    this.code.get(this.steps.get(stepKey(slot))!);
    this.addBlock(slot);
  }

  /** Push the elements from one row of `slot` to the next. */
  pushLeading(slot: Slot): void {
    this.code.get(this.strides.get(slot.buffer)!).i32(2).op(OP.i32ShrU);
  }

  /** Push the bytes from one row of `slot` to the next. */
  pushStride(slot: Slot): void {
    this.code.get(this.strides.get(slot.buffer)!);
  }

  /** Push N and K of a packed weight, in elements. */
  pushSizes({ blocks, rowDim, colDim, transposed }: PlanWeight): void {
    const { code } = this;
    const inner = (): Code => code.get(this.dimBytes(rowDim)).i32(2).op(OP.i32ShrU).i32(blocks).op(OP.i32Mul);
    const outer = (): Code => code.get(this.dimBytes(colDim)).i32(2).op(OP.i32ShrU);
    if (transposed) outer();
    inner();
    if (!transposed) outer();
  }

  /** Push the address of a packed weight. */
  pushWeight(index: number): void {
    this.frameWord(weightWord(this.plan, index));
  }

  /** Compute where row `row` has its slots of `stage`; returns the local of a slot's address. */
  startRow(stage: Stage, row: number): (slot: Slot) => number {
    const { code } = this;
    const rows = new Map<string, number>();
    const pointers = new Map<string, number>();
    for (const slot of rowSlots(stage)) {
      const key = `${stepKey(slot)}.${slot.block}`;
      if (pointers.has(key)) continue;
      let rowBase = rows.get(stepKey(slot));
      if (rowBase === undefined) {
        rowBase = code.local(TYPE.i32);
        rows.set(stepKey(slot), rowBase);
        const { kind } = this.plan.buffers[slot.buffer];
        code.get(this.steps.get(stepKey(slot))!);
        if (kind !== "vector") {
          code.get(row).get(this.strides.get(slot.buffer)!).op(OP.i32Mul);
          // S rows for each.
          if (kind === "memory") code.get(this.dimBytes(POSITIONS)).i32(2).op(OP.i32ShrU).op(OP.i32Mul);
          code.op(OP.i32Add);
        }
        code.set(rowBase);
      }
      const pointer = code.local(TYPE.i32);
      pointers.set(key, pointer);
      code.get(rowBase);
      this.addBlock(slot);
      code.set(pointer);
    }
    return (slot) => pointers.get(`${stepKey(slot)}.${slot.block}`)!;
  }

  private addBlock({ buffer, block }: Slot): void {
    if (block === 0) return;
    this.code.get(this.dimBytes(this.plan.buffers[buffer].dim)).i32(block).op(OP.i32Mul).op(OP.i32Add);
  }
}

function stepKey({ buffer, at }: Slot): string {
  return `${buffer}${at === "previous" ? "p" : "c"}`;
}

/** What calls and passes of a stage touch in a row. */
function rowSlots({ calls = [], passes }: Stage): Slot[] {
  return [
    ...calls.flatMap(callSlots),
    ...passes.flatMap(({ code }) => code.flatMap((i) => (i.op === "load" || i.op === "store" ? [i.slot] : []))),
  ];
}
