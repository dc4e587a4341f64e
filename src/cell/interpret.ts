/**
 * The definition of what a plan means: plain TypeScript that executes it, operator by operator, each computed in
 * double and rounded to the number type of the run. So a value is the same whether a plan keeps it or computes it again.
 * Emitted code must agree with this.
 *
 * A pass runs instruction by instruction over a whole row, which is what makes it fast enough to train with.
 */
import { exp, log, sigmoid, tanh } from "../runtime/float64.js";
import type { Heap } from "../runtime/heap.js";
import type { FloatType, Kernels } from "../runtime/kernels.js";
import type { Frame } from "./frame.js";
import { INTERPRET_CALL } from "./interpret-call.js";
import {
  ONE,
  POSITIONS,
  SUM_BLOCK,
  type Binary,
  type Call,
  type ColumnMean,
  type Instruction,
  type Pass,
  type Plan,
  type Slot,
  type Stage,
  type Unary,
} from "./plan-format.js";

/** One way through time: `forward` hoists first, `backward` sinks last. */
export type Direction = "forward" | "backward";

/** Runs a plan over a frame: the interpreter, or emitted code. */
export interface Executor {
  run(direction: Direction, frame: Frame): void;
}

type Vector = Float32Array | Float64Array;

const UNARY: Readonly<Record<Unary, (a: number) => number>> = {
  neg: (a) => -a,
  abs: (a) => Math.abs(a),
  sqrt: (a) => Math.sqrt(a),
  exp,
  log,
  tanh,
  sigmoid,
  relu: (a) => (a > 0 ? a : a === a ? 0 : a),
};

/** What each binary operator means; a loop per operator, so that the engine compiles each for itself. */
const BINARY: Readonly<Record<Binary, (y: Vector, a: Vector, b: Vector, n: number) => void>> = {
  add: (y, a, b, n) => {
    for (let j = 0; j < n; j++) y[j] = a[j] + b[j];
  },
  sub: (y, a, b, n) => {
    for (let j = 0; j < n; j++) y[j] = a[j] - b[j];
  },
  mul: (y, a, b, n) => {
    for (let j = 0; j < n; j++) y[j] = a[j] * b[j];
  },
  div: (y, a, b, n) => {
    for (let j = 0; j < n; j++) y[j] = a[j] / b[j];
  },
  max: (y, a, b, n) => {
    for (let j = 0; j < n; j++) y[j] = Math.max(a[j], b[j]);
  },
  min: (y, a, b, n) => {
    for (let j = 0; j < n; j++) y[j] = Math.min(a[j], b[j]);
  },
  greater: (y, a, b, n) => {
    for (let j = 0; j < n; j++) y[j] = a[j] > b[j] ? 1 : 0;
  },
  greaterEqual: (y, a, b, n) => {
    for (let j = 0; j < n; j++) y[j] = a[j] >= b[j] ? 1 : 0;
  },
  equal: (y, a, b, n) => {
    for (let j = 0; j < n; j++) y[j] = a[j] === b[j] ? 1 : 0;
  },
};

/** An executor that interprets `plan` on tensors of type `dtype` in `heap`. */
export function interpreter(plan: Plan, heap: Heap, kernels: Kernels, dtype: FloatType): Executor {
  return {
    run(direction, frame) {
      new Interpretation(plan, heap, kernels, dtype, frame).run(direction);
    },
  };
}

class Interpretation {
  readonly #plan: Plan;
  readonly #kernels: Kernels;
  readonly #frame: Frame;
  readonly #memory: Float32Array | Float64Array;
  readonly #shift: number;
  readonly #registers: Vector[] = [];

  constructor(plan: Plan, heap: Heap, kernels: Kernels, dtype: FloatType, frame: Frame) {
    this.#plan = plan;
    this.#kernels = kernels;
    this.#frame = frame;
    this.#shift = dtype === "f32" ? 2 : 3;
    const { buffer } = heap.memory;
    this.#memory = dtype === "f32" ? new Float32Array(buffer) : new Float64Array(buffer);
  }

  run(direction: Direction): void {
    const { steps, active, rows } = this.#frame;
    const { hoist, forward, backward, sink } = this.#plan;
    if (direction === "forward") {
      this.#step(hoist, rows, -1);
      for (let s = 0; s < steps; s++) this.#step(forward, active[s], s);
    } else {
      for (let s = steps - 1; s >= 0; s--) this.#step(backward, active[s], s);
      this.#step(sink, rows, -1);
    }
  }

  #step(stages: readonly Stage[], rows: number, s: number): void {
    if (rows === 0) return;
    for (const { matmuls, columnMeans = [], calls = [], passes } of stages) {
      for (const { out, a, weight, accumulate } of matmuls) {
        const w = this.#plan.weights[weight];
        const [inner, outer] = [w.blocks * this.#dim(w.rowDim), this.#dim(w.colDim)];
        const [n, k] = w.transposed ? [outer, inner] : [inner, outer];
        const [po, pa] = [this.#element(out, s, 0), this.#element(a, s, 0)];
        const [ldo, lda] = [this.#stride(out), this.#stride(a)];
        const packed = this.#frame.weights[weight];
        const bytes = 1 << this.#shift;
        this.#kernels.gemm(po * bytes, ldo, pa * bytes, lda, packed, rows, n, k, accumulate);
      }
      for (const mean of columnMeans) this.#columnMean(mean, rows, s);
      for (const call of calls) for (let r = 0; r < rows; r++) this.#call(call, s, r);
      for (let r = 0; r < rows; r++) for (const pass of passes) this.#pass(pass, s, r);
    }
  }

  #call({ op, outs, args, memory, gradient }: Call, s: number, r: number): void {
    INTERPRET_CALL[op]({
      values: this.#memory,
      outs: outs.map((slot) => this.#element(slot, s, r)),
      args: args.map((slot) => this.#element(slot, s, r)),
      memory: this.#element(memory, s, r),
      gradient: gradient === undefined ? -1 : this.#element(gradient, s, r),
      positions: this.#dim(POSITIONS),
      units: this.#stride(memory),
    });
  }

  /** Sums and the division in double, rounded once. */
  #columnMean({ out, a }: ColumnMean, rows: number, s: number): void {
    const n = this.#dim(this.#plan.buffers[out.buffer].dim);
    const [to, from] = [this.#element(out, s, 0), this.#element(a, s, 0)];
    const [toNext, fromNext] = [this.#stride(out), this.#stride(a)];
    const memory = this.#memory;
    for (let j = 0; j < n; j++) {
      let total = 0;
      for (let first = 0; first < rows; first += SUM_BLOCK) {
        let block = 0;
        const end = Math.min(first + SUM_BLOCK, rows);
        for (let r = first; r < end; r++) block += memory[from + r * fromNext + j];
        total += block;
      }
      const mean = total / rows;
      for (let r = 0; r < rows; r++) memory[to + r * toNext + j] = mean;
    }
  }

  #pass({ dim, code }: Pass, s: number, r: number): void {
    const n = this.#dim(dim);
    const memory = this.#memory;
    for (const i of code) {
      if (i.op === "store") {
        const from = this.#registers[i.from];
        const at = this.#element(i.slot, s, r);
        for (let j = 0; j < n; j++) memory[at + j] = from[j];
        continue;
      }
      const y = this.#register(i.to, n);
      if (i.op === "load") {
        const at = this.#element(i.slot, s, r);
        if (this.#plan.buffers[i.slot.buffer].dim === ONE) y.fill(memory[at]);
        else for (let j = 0; j < n; j++) y[j] = memory[at + j];
      } else this.#compute(i, y, n);
    }
  }

  #compute(i: Exclude<Instruction, { op: "load" | "store" }>, y: Vector, n: number): void {
    const registers = this.#registers;
    switch (i.op) {
      case "constant":
        y.fill(i.value);
        break;
      case "size":
        y.fill(this.#dim(i.dim));
        break;
      case "select": {
        const [c, a, b] = [registers[i.c], registers[i.a], registers[i.b]];
        for (let j = 0; j < n; j++) y[j] = c[j] !== 0 ? a[j] : b[j];
        break;
      }
      case "rowSum":
      case "rowMax": {
        const a = registers[i.a];
        let total = i.op === "rowSum" ? 0 : -Infinity;
        for (let j = 0; j < n; j++) total = i.op === "rowSum" ? total + a[j] : Math.max(total, a[j]);
        y.fill(total);
        break;
      }
      default:
        if ("b" in i) BINARY[i.op](y, registers[i.a], registers[i.b], n);
        else {
          const f = UNARY[i.op];
          const a = registers[i.a];
          for (let j = 0; j < n; j++) y[j] = f(a[j]);
        }
    }
  }

  /** A register wide enough for any pass, so that a row reduction can be read in a wider one. */
  #register(index: number, n: number): Vector {
    const known = this.#registers[index];
    if (known !== undefined && known.length >= n) return known;
    const widest = Math.max(n, ...Object.values(this.#frame.dims));
    return (this.#registers[index] = this.#shift === 2 ? new Float32Array(widest) : new Float64Array(widest));
  }

  #dim(name: string): number {
    return this.#frame.dims[name];
  }

  #stride({ buffer }: Slot): number {
    const { dim, blocks } = this.#plan.buffers[buffer];
    return blocks * this.#dim(dim);
  }

  /** Element number, in the whole memory, of column 0 of a slot at step s (−1: no step), row r. */
  #element(slot: Slot, s: number, r: number): number {
    const { kind, dim } = this.#plan.buffers[slot.buffer];
    const { batch, offsets } = this.#frame;
    let row = r;
    if (kind === "vector") row = 0;
    else if (kind === "memory") row = r * this.#dim(POSITIONS);
    else if (kind === "sequence" && s >= 0) row = offsets[s] + r;
    else if (kind === "history") {
      if (slot.at === "previous") row = s === 0 ? r : batch + offsets[s - 1] + r;
      else row = batch + (s >= 0 ? offsets[s] : 0) + r;
    }
    return (
      this.#frame.buffers[slot.buffer] / (1 << this.#shift) + row * this.#stride(slot) + slot.block * this.#dim(dim)
    );
  }
}
