import type { Code } from "../../runtime/emit/code.js";
import { ModuleBuilder } from "../../runtime/emit/module.js";
import { OP, TYPE } from "../../runtime/emit/opcodes.js";
import { WasmLanes } from "../../runtime/emit/wasm-lanes.js";
import { TILE } from "../../runtime/kernels.js";
import { FRAME } from "../frame.js";
import type { Matmul, Plan, Stage } from "../plan-format.js";
import { Addresses, PARAMETER } from "./addresses.js";
import { emitCall } from "./calls.js";
import { emitColumnMean } from "./column-mean.js";
import { emitPasses } from "./passes.js";
import { planParts, type PlanPart } from "./parts.js";

/** Pages a shared memory may grow to: all of the 4 GiB that 32-bit addresses reach. */
const MAX_PAGES = 65536;

type Order = "ascending" | "descending";

/** Locals of a loop over the steps, and how to push entry step − `back` of the frame's table `table`. */
interface Cursor {
  readonly steps: number;
  readonly step: number;
  readonly pushEntry: (table: number, back: number) => void;
}

export interface EmitOptions {
  /** Whether the heap is a shared memory. */
  readonly shared: boolean;
  /** Import `env.tick(part)` and call it after each part of the plan (`planParts`); default false: nothing of it exists. */
  readonly probe?: boolean;
}

/**
 * Compile a plan to a WebAssembly module that imports `env.memory` and `env.gemm` and owns the time loop. It exports
 * `forward(frame, worker, workers)`, hoist included, and in mode `train` `backward`, sink included.
 *
 * Sizes and addresses come from the frame (`writeFrame`), so one module serves every shape. The rows of a step are dealt
 * to the workers in tiles of four, round-robin, exactly as `gemm` deals them: no worker reads what another one writes,
 * so a call runs from the first stage to the last without waiting.
 *
 * Throws E_EMIT if the plan contradicts its own format.
 */
export function emitPlan(plan: Plan, { shared, probe = false }: EmitOptions): Uint8Array<ArrayBuffer> {
  const builder = new ModuleBuilder();
  builder.importMemory("env", "memory", shared ? { min: 1, max: MAX_PAGES, shared } : { min: 1, shared });
  const gemm = builder.importFunction(
    "env",
    "gemm",
    Array.from({ length: 11 }, () => TYPE.i32),
  );
  const tick = probe ? builder.importFunction("env", "tick", [TYPE.i32]) : null;
  const emitter = (name: string): DirectionEmitter =>
    new DirectionEmitter(plan, builder.exportFunction(name, [TYPE.i32, TYPE.i32, TYPE.i32]), { gemm, tick });
  const forward = emitter("forward");
  forward.allRows(plan.hoist);
  forward.timeLoop(plan.forward, "ascending");
  if (plan.mode === "train") {
    const backward = emitter("backward");
    backward.timeLoop(plan.backward, "descending");
    backward.allRows(plan.sink);
  }
  return builder.finish();
}

/** One part of a function: its stages and the locals of the step it is in. */
interface Part {
  readonly stages: readonly Stage[];
  readonly addresses: Addresses;
  /** n[s]. */
  readonly rows: number;
  readonly offset: number;
  readonly previous: number | null;
}

class DirectionEmitter {
  private readonly plan: Plan;
  private readonly code: Code;
  private readonly gemm: number;
  /** Whoever listens to parts that have run. */
  private readonly tick: number | null;
  private readonly parts: readonly PlanPart[];
  private readonly lanes: WasmLanes;

  constructor(plan: Plan, code: Code, { gemm, tick }: { readonly gemm: number; readonly tick: number | null }) {
    this.plan = plan;
    this.code = code;
    this.gemm = gemm;
    this.tick = tick;
    this.parts = tick === null ? [] : planParts(plan);
    this.lanes = new WasmLanes(code);
  }

  /**
   * Stages outside the time loop, once for every row. A lone worker takes all R rows as one step; several go step by
   * step, so that each meets exactly the rows that are its own inside the loop.
   */
  allRows(stages: readonly Stage[]): void {
    if (stages.length === 0) return;
    const part = this.part(stages, false);
    const { addresses, rows, offset } = part;
    const { code } = this;
    const alone = code.local(TYPE.i32);
    code.get(PARAMETER.workers).i32(1).op(OP.i32Eq).set(alone);
    this.steps(addresses, "ascending", ({ pushEntry, steps, step }) => {
      code.get(alone).if(
        () => {
          addresses.frameWord(FRAME.rows).set(rows);
          code.i32(0).set(offset).get(steps).set(step);
        },
        () => {
          pushEntry(FRAME.active, 0);
          code.set(rows);
          pushEntry(FRAME.offsets, 0);
          code.set(offset);
        },
      );
      this.step(part);
    });
  }

  /** The time loop. */
  timeLoop(stages: readonly Stage[], order: Order): void {
    if (stages.length === 0) return;
    const part = this.part(stages, true);
    const { addresses, rows, offset, previous } = part;
    const { code } = this;
    this.steps(addresses, order, ({ pushEntry, step }) => {
      pushEntry(FRAME.active, 0);
      code.set(rows);
      pushEntry(FRAME.offsets, 0);
      code.set(offset);
      code.get(step).if(
        () => {
          pushEntry(FRAME.offsets, 1);
          code.get(addresses.batch).op(OP.i32Add).set(previous!);
        },
        () => void code.i32(0).set(previous!),
      );
      this.step(part);
    });
  }

  private part(stages: readonly Stage[], inTime: boolean): Part {
    const { code } = this;
    const addresses = new Addresses(this.plan, stages, code);
    addresses.loadFrame();
    const [rows, offset] = [code.local(TYPE.i32), code.local(TYPE.i32)];
    return { stages, addresses, rows, offset, previous: inTime ? code.local(TYPE.i32) : null };
  }

  /** Run `body` for each step. */
  private steps(addresses: Addresses, order: Order, body: (cursor: Cursor) => void): void {
    const { code } = this;
    const [steps, step] = [code.local(TYPE.i32), code.local(TYPE.i32)];
    addresses.frameWord(FRAME.steps).set(steps);
    if (order === "ascending") code.i32(0).set(step);
    else code.get(steps).i32(1).op(OP.i32Sub).set(step);
    const pushEntry = (table: number, back: number): void => {
      code.get(step).i32(back).op(OP.i32Sub).i32(2).op(OP.i32Shl);
      addresses.frameWord(table).op(OP.i32Add).access(OP.i32Load, 2);
    };
    code.block(() => {
      code.loop(() => {
        // One unsigned comparison ends both orders: descending, the step wraps past 0.
        code.get(step).get(steps).op(OP.i32GeU).brIf(1);
        body({ steps, step, pushEntry });
        code
          .get(step)
          .i32(order === "ascending" ? 1 : -1)
          .op(OP.i32Add)
          .set(step)
          .br(0);
      });
    });
  }

  private step(part: Part): void {
    this.code.get(part.rows).if(() => {
      part.addresses.startStep(part);
      for (const stage of part.stages) {
        for (const matmul of stage.matmuls) this.matmul(part, matmul);
        this.told(stage, "products");
        for (const mean of stage.columnMeans ?? []) {
          emitColumnMean({ plan: this.plan, code: this.code, addresses: part.addresses, rows: part.rows }, mean);
        }
        if (stage.passes.length + (stage.calls ?? []).length > 0)
          this.eachOwnRow(part.rows, (row) => this.row(part, stage, row));
        this.told(stage, "passes");
      }
    });
  }

  private told(stage: Stage, work: PlanPart["work"]): void {
    if (this.tick === null) return;
    const part = this.parts.findIndex((candidate) => candidate.stage === stage && candidate.work === work);
    if (part >= 0) this.code.i32(part).call(this.tick);
  }

  private row({ addresses }: Part, stage: Stage, row: number): void {
    const { code, lanes, plan } = this;
    const pointer = addresses.startRow(stage, row);
    const context = { plan, code, lanes, pointer, dimBytes: (dim: string) => addresses.dimBytes(dim) };
    for (const call of stage.calls ?? []) emitCall(context, call);
    emitPasses(context, stage);
  }

  private matmul({ addresses, rows }: Part, { out, a, weight, accumulate }: Matmul): void {
    const { code } = this;
    addresses.pushFirst(out);
    addresses.pushLeading(out);
    addresses.pushFirst(a);
    addresses.pushLeading(a);
    addresses.pushWeight(weight);
    code.get(rows);
    addresses.pushSizes(this.plan.weights[weight]);
    code
      .i32(accumulate ? 1 : 0)
      .get(PARAMETER.worker)
      .get(PARAMETER.workers)
      .call(this.gemm);
  }

  /** Run `body` for every active row in the tiles of this worker. */
  private eachOwnRow(rows: number, body: (row: number) => void): void {
    const { code } = this;
    const [tile, row, end] = Array.from({ length: 3 }, () => code.local(TYPE.i32));
    code.get(PARAMETER.worker).i32(TILE).op(OP.i32Mul).set(tile);
    code.block(() => {
      code.loop(() => {
        code.get(tile).get(rows).op(OP.i32GeU).brIf(1);
        code.get(tile).i32(TILE).op(OP.i32Add).tee(end).get(rows);
        code.get(end).get(rows).op(OP.i32LtU).op(OP.select).set(end);
        code.get(tile).set(row);
        code.loop(() => {
          body(row);
          code.get(row).i32(1).op(OP.i32Add).tee(row).get(end).op(OP.i32LtU).brIf(0);
        });
        code.get(PARAMETER.workers).i32(TILE).op(OP.i32Mul).get(tile).op(OP.i32Add).set(tile).br(0);
      });
    });
  }
}
