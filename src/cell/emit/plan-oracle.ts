/**
 * What emitted code must compute, bit for bit: a plan run one element at a time with scalar f32 lanes. Tests compare
 * the two; the interpreter, in double arithmetic, agrees only to rounding.
 */
import { scalarLanes, toBits } from "../../runtime/emit/scalar-lanes.js";
import { packedSize, PANEL, TILE } from "../../runtime/kernels.js";
import type { Frame } from "../frame.js";
import {
  ONE,
  POSITIONS,
  SUM_BLOCK,
  type ColumnMean,
  type Instruction,
  type Pass,
  type Plan,
  type Slot,
  type Stage,
} from "../plan-format.js";
import { applyBinary, applySelect, applyUnary } from "./operators.js";

/** The raw kernel `gemm`: pointers in bytes, sizes in elements, flags as i32. */
export type RawGemm = (
  out: number,
  ldo: number,
  a: number,
  lda: number,
  packed: number,
  m: number,
  n: number,
  k: number,
  accumulate: number,
  worker: number,
  workers: number,
) => void;

/** `gemm` over a memory in plain JavaScript, with each sum a chain of rounded f32 steps over ascending k. */
export function scalarGemm(memory: WebAssembly.Memory): RawGemm {
  return (out, ldo, a, lda, packed, m, n, k, accumulate, worker, workers) => {
    const f = new Float32Array(memory.buffer);
    for (let i = 0; i < m; i++) {
      if (Math.floor(i / TILE) % workers !== worker) continue;
      for (let j = 0; j < n; j++) {
        let sum = 0;
        for (let p = 0; p < k; p++) {
          const weight = f[packed / 4 + (Math.floor(j / PANEL) * k + p) * PANEL + (j % PANEL)];
          sum = Math.fround(sum + Math.fround(f[a / 4 + i * lda + p] * weight));
        }
        const at = out / 4 + i * ldo + j;
        f[at] = accumulate ? f[at] + sum : sum;
      }
    }
  };
}

/** Pack an n × k matrix given by `element(j, p)` at byte address `at`. */
export function packInto(
  memory: WebAssembly.Memory,
  at: number,
  n: number,
  k: number,
  element: (j: number, p: number) => number,
): void {
  const f = new Float32Array(memory.buffer, at, packedSize(n, k));
  for (let i = 0; i < f.length; i++) {
    const [panel, rest] = [Math.floor(i / (PANEL * k)), i % (PANEL * k)];
    const [p, j] = [Math.floor(rest / PANEL), panel * PANEL + (rest % PANEL)];
    f[i] = j < n ? element(j, p) : 0;
  }
}

/** Run one direction of `plan`, hoist and sink included, in place. */
export function runOracle(
  plan: Plan,
  frame: Frame,
  memory: WebAssembly.Memory,
  direction: "forward" | "backward",
): void {
  const oracle = new Oracle(plan, frame, memory);
  const steps = Array.from({ length: frame.steps }, (_, s) => s);
  if (direction === "forward") {
    oracle.step(plan.hoist, -1);
    for (const s of steps) oracle.step(plan.forward, s);
  } else {
    for (const s of steps.reverse()) oracle.step(plan.backward, s);
    oracle.step(plan.sink, -1);
  }
}

class Oracle {
  private readonly bits: Int32Array;
  private readonly gemm: RawGemm;
  private readonly plan: Plan;
  private readonly frame: Frame;

  constructor(plan: Plan, frame: Frame, memory: WebAssembly.Memory) {
    this.plan = plan;
    this.frame = frame;
    this.bits = new Int32Array(memory.buffer);
    this.gemm = scalarGemm(memory);
  }

  step(stages: readonly Stage[], s: number): void {
    const rows = s < 0 ? this.frame.rows : this.frame.active[s];
    for (const { matmuls, columnMeans = [], passes } of stages) {
      for (const { out, a, weight, accumulate } of matmuls) {
        const { blocks, rowDim, colDim, transposed } = this.plan.weights[weight];
        const [inner, outer] = [blocks * this.dim(rowDim), this.dim(colDim)];
        const [n, k] = transposed ? [outer, inner] : [inner, outer];
        const [to, from] = [4 * this.element(out, s, 0), 4 * this.element(a, s, 0)];
        const packed = this.frame.weights[weight];
        this.gemm(to, this.stride(out), from, this.stride(a), packed, rows, n, k, accumulate ? 1 : 0, 0, 1);
      }
      for (const mean of columnMeans) this.columnMean(mean, s, rows);
      for (let r = 0; r < rows; r++) {
        const reductions = new Map<number, number>();
        for (const pass of passes) this.pass(pass, s, r, reductions);
      }
    }
  }

  private columnMean({ out, a }: ColumnMean, s: number, rows: number): void {
    const l = scalarLanes;
    for (let j = 0; j < this.dim(this.plan.buffers[out.buffer].dim); j++) {
      const chains = Array.from({ length: Math.ceil(rows / SUM_BLOCK) }, () => l.constant(0));
      for (let r = 0; r < rows; r++) {
        const chain = Math.floor(r / SUM_BLOCK);
        chains[chain] = l.add(chains[chain], this.bits[this.element(a, s, r) + j]);
      }
      const mean = l.div(chains.reduce(l.add, l.constant(0)), l.constant(rows));
      for (let r = 0; r < rows; r++) this.bits[this.element(out, s, r) + j] = mean;
    }
  }

  private pass({ dim, code }: Pass, s: number, r: number, reductions: Map<number, number>): void {
    const l = scalarLanes;
    const width = this.dim(dim);
    const partials = new Map<number, number[]>();
    for (let j = 0; j < width; j++) {
      // Columns of whole vectors go to the lane they lie in, the remaining ones to lane 0.
      const lane = j < (width & ~3) ? j % 4 : 0;
      const registers = new Map(reductions);
      const get = (register: number): number => {
        const value = registers.get(register);
        if (value === undefined) throw new RangeError(`register ${register} is read before it is written`);
        return value;
      };
      const run = (i: Instruction): void => {
        if (i.op === "load") registers.set(i.to, this.bits[this.element(i.slot, s, r) + this.column(i.slot, j)]);
        else if (i.op === "store") this.bits[this.element(i.slot, s, r) + j] = get(i.from);
        else if (i.op === "constant") registers.set(i.to, l.constant(i.value));
        else if (i.op === "size") registers.set(i.to, l.constant(this.dim(i.dim)));
        else if (i.op === "select") registers.set(i.to, applySelect(l, get(i.c), get(i.a), get(i.b)));
        else if (i.op === "rowSum" || i.op === "rowMax") {
          const partial = partials.get(i.to) ?? Array.from({ length: 4 }, () => start(i.op));
          partials.set(i.to, partial);
          // A single element adds 0 to the sums of the other lanes, which turns −0 into 0.
          for (let k = 0; k < 4; k++) {
            if (k === lane) partial[k] = JOIN[i.op](partial[k], get(i.a));
            else if (j >= (width & ~3)) partial[k] = JOIN[i.op](partial[k], i.op === "rowSum" ? 0 : start(i.op));
          }
        } else if ("b" in i) registers.set(i.to, applyBinary(l, i.op, get(i.a), get(i.b)));
        else registers.set(i.to, applyUnary(l, i.op, get(i.a)));
      };
      code.forEach(run);
    }
    for (const i of code) {
      if (i.op !== "rowSum" && i.op !== "rowMax") continue;
      const [a, b, c, d] = partials.get(i.to)!;
      reductions.set(i.to, JOIN[i.op](JOIN[i.op](a, b), JOIN[i.op](c, d)));
    }
  }

  /** A number per row is what it is in every column. */
  private column({ buffer }: Slot, j: number): number {
    return this.plan.buffers[buffer].dim === ONE ? 0 : j;
  }

  private dim(name: string): number {
    return this.frame.dims[name];
  }

  private stride({ buffer }: Slot): number {
    const { dim, blocks } = this.plan.buffers[buffer];
    return blocks * this.dim(dim);
  }

  private element(slot: Slot, s: number, r: number): number {
    const { kind, dim } = this.plan.buffers[slot.buffer];
    const { batch, offsets } = this.frame;
    const first = {
      sequence: s < 0 ? 0 : offsets[s],
      history: slot.at === "previous" ? (s === 0 ? 0 : batch + offsets[s - 1]) : batch + (s < 0 ? 0 : offsets[s]),
      carry: 0,
      scratch: 0,
      vector: -r,
      memory: r * (this.dim(POSITIONS) - 1),
    }[kind];
    return this.frame.buffers[slot.buffer] / 4 + (first + r) * this.stride(slot) + slot.block * this.dim(dim);
  }
}

const JOIN = { rowSum: scalarLanes.add, rowMax: scalarLanes.max };
const start = (op: "rowSum" | "rowMax"): number => toBits(op === "rowSum" ? 0 : -Infinity);
