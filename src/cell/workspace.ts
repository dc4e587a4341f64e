/** The memory of one run of a plan: its buffers, its packed weights, and the call into the machine. */
import { packedSize, runtime, type FloatType } from "../runtime/index.js";
import { Tensor } from "../tensor/index.js";
import { executorFor } from "./executor.js";
import type { Frame } from "./frame.js";
import type { Direction } from "./interpret.js";
import { callSlots, ONE, POSITIONS, type Plan, type PlanBuffer } from "./plan-format.js";
import type { Rows } from "./rows.js";

/** A plan with its open sizes and numbers decided. */
export interface Sized {
  readonly plan: Plan;
  /** Size of each of the plan's dims. */
  readonly dims: Readonly<Record<string, number>>;
  readonly dtype: FloatType;
}

/** Columns of the result and length of the sums of a product with weight `index`. */
export function weightExtent({ plan, dims }: Pick<Sized, "plan" | "dims">, index: number): { n: number; k: number } {
  const { blocks, rowDim, colDim, transposed } = plan.weights[index];
  const [height, width] = [blocks * dims[rowDim], dims[colDim]];
  return transposed ? { n: width, k: height } : { n: height, k: width };
}

/** The weights that one direction of time reads, laid out for the machine; one set serves every stretch of time. */
export class PackedWeights {
  readonly #packed: readonly (Tensor | null)[];

  constructor(sized: Sized, parameters: Readonly<Record<string, Tensor>>, direction: Direction) {
    const { plan, dims, dtype } = sized;
    const kernels = runtime().kernels(dtype);
    this.#packed = plan.weights.map(({ transposed, param, firstBlock, rowDim, colDim }, index) => {
      if (transposed !== (direction === "backward")) return null;
      const { n, k } = weightExtent(sized, index);
      const width = dims[colDim];
      const packed = Tensor.empty([packedSize(n, k)], dtype);
      const first = parameters[param].ptr + firstBlock * dims[rowDim] * width * kernels.bytes;
      kernels.pack(packed.ptr, first, n, k, transposed ? 1 : width, transposed ? width : 1);
      return packed;
    });
  }

  /** Address of weight `index`; 0 where the other direction reads it. */
  at(index: number): number {
    return this.#packed[index]?.ptr ?? 0;
  }
}

/** The buffers of one run of a plan, as tensors of the current scope. */
export class Workspace implements Sized {
  readonly plan: Plan;
  readonly rows: Rows;
  readonly dims: Readonly<Record<string, number>>;
  readonly dtype: FloatType;
  readonly #buffers: (Tensor | undefined)[] = [];

  constructor({ plan, dims, dtype }: Sized, rows: Rows) {
    this.plan = plan;
    this.rows = rows;
    this.dims = { ...dims, [ONE]: 1 };
    this.dtype = dtype;
  }

  /** Use a tensor of the caller's as a buffer. */
  bind(buffer: number, tensor: Tensor): void {
    this.#buffers[buffer] = tensor;
  }

  /** The memory of a buffer, made when first asked for. */
  tensor(buffer: number): Tensor {
    return (this.#buffers[buffer] ??= Tensor.empty(this.shapeOf(this.plan.buffers[buffer]), this.dtype));
  }

  zeros(buffer: number): Tensor {
    return Tensor.zeros(this.shapeOf(this.plan.buffers[buffer]), this.dtype);
  }

  shapeOf(buffer: PlanBuffer): [number, number] {
    return [bufferRows(buffer, this.rows, this.dims), buffer.blocks * this.dims[buffer.dim]];
  }

  /** One call into the machine: `forward` hoists first, `backward` sinks last. */
  run(direction: Direction, weights: PackedWeights): void {
    const { plan } = this;
    if (this.rows.rows === 0) return;
    const touched = buffersOf(plan, direction);
    const { steps, batch, rows, active, offsets } = this.rows;
    const frame: Frame = {
      steps,
      batch,
      rows,
      active,
      offsets,
      dims: this.dims,
      buffers: plan.buffers.map((_, i) => (touched.has(i) ? this.tensor(i).ptr : 0)),
      weights: plan.weights.map((_, i) => weights.at(i)),
    };
    executorFor(plan, this.dtype).run(direction, frame);
  }
}

/** Rows of a buffer in memory. */
export function bufferRows(
  { kind }: Pick<PlanBuffer, "kind">,
  { batch, rows }: Pick<Rows, "batch" | "rows">,
  dims: Readonly<Record<string, number>>,
): number {
  const memory = batch * (dims[POSITIONS] ?? 0);
  return { sequence: rows, history: batch + rows, carry: batch, scratch: batch, vector: 1, memory }[kind];
}

const touchedBuffers = new WeakMap<Plan, Record<Direction, Set<number>>>();

/** The buffers that a direction reads or writes: the others need no memory yet. */
export function buffersOf(plan: Plan, direction: Direction): Set<number> {
  let known = touchedBuffers.get(plan);
  if (known === undefined) {
    const touched = (stages: Plan["forward"]): number[] =>
      stages.flatMap(({ matmuls, columnMeans = [], calls = [], passes }) => [
        ...[...matmuls, ...columnMeans].flatMap(({ out, a }) => [out.buffer, a.buffer]),
        ...calls.flatMap(callSlots).map(({ buffer }) => buffer),
        ...passes.flatMap(({ code }) => code.flatMap((i) => ("slot" in i ? [i.slot.buffer] : []))),
      ]);
    known = {
      forward: new Set(touched([...plan.hoist, ...plan.forward])),
      backward: new Set(touched([...plan.backward, ...plan.sink])),
    };
    touchedBuffers.set(plan, known);
  }
  return known[direction];
}
