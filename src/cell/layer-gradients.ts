/** Parameter gradients from what the backward loop left behind: one product per linear map, one column sum per vector. */
import { runtime, type Kernels } from "../runtime/index.js";
import { gradientFor, Tensor } from "../tensor/index.js";
import type { PlanGradient, Slot } from "./plan-format.js";
import { previousRows } from "./rows.js";
import type { TableSums } from "./table-products.js";
import type { Sized, Workspace } from "./workspace.js";

/** A matrix in the heap: row r starts at `at` + r·`lead` elements. */
interface Matrix {
  readonly at: number;
  readonly lead: number;
  /** Row numbers to read instead of 0, 1, …; 0: none. */
  readonly map?: number;
}

/**
 * ∂L/∂parameter for every parameter that asks for it and that the loss reaches, added up stretch of time by stretch.
 *
 * What the rows of the input were summed for (`TableSums`) is computed from those sums, at the end.
 */
export class ParameterGradients {
  readonly #sized: Sized;
  readonly #table: TableSums | null;
  readonly #kernels: Kernels;
  readonly #gradients: Record<string, Tensor> = {};
  /** Gradients that hold numbers already, to be added to. */
  readonly #begun = new Set<Tensor>();
  /** Biases that enter side by side have the same gradient: it is summed once. */
  readonly #shared = new Map<string, Tensor>();

  constructor(sized: Sized, parameters: Readonly<Record<string, Tensor>>, table: TableSums | null) {
    this.#sized = sized;
    this.#table = table;
    this.#kernels = runtime().kernels(sized.dtype);
    for (const gradient of sized.plan.gradients) {
      const { param } = gradient;
      const parameter = parameters[param];
      if (!parameter.requiresGrad || this.#gradients[param] !== undefined) continue;
      const whole = this.#sizeOf(gradient) === parameter.size;
      const key = gradient.kind === "vector" && whole ? sumKey(gradient) : param;
      let into = this.#shared.get(key);
      if (into === undefined) {
        // Two biases may share one gradient; that of a weight is its own and can be written where it stays.
        into = gradient.kind === "weight" ? gradientFor(parameter) : Tensor.empty(parameter.shape, sized.dtype);
        this.#shared.set(key, into);
      }
      this.#gradients[param] = into;
      // A gradient that several blocks write starts at zero, one that is written whole does not need to.
      if (whole) continue;
      this.#kernels.fill(into.ptr, 0, into.size);
      this.#begun.add(into);
    }
  }

  /** Add what a stretch of time left in its workspace. */
  add(work: Workspace): void {
    const { rows, batch, full } = work.rows;
    const matrix = ({ buffer, block }: Slot): Matrix => {
      const width = this.#dims[this.#buffer(buffer).dim];
      const at = work.tensor(buffer).ptr + block * width * this.#kernels.bytes;
      return { at, lead: this.#buffer(buffer).blocks * width };
    };
    let previous: Tensor | null = null;
    this.#each((gradient) => {
      if (this.#tabled(gradient) !== undefined) return;
      if (gradient.kind === "vector") {
        this.#addVector(gradient, matrix(gradient.source), rows);
        return;
      }
      let u = matrix(gradient.u);
      if (gradient.u.at === "current") u = { ...u, at: u.at + batch * u.lead * this.#kernels.bytes };
      if (gradient.u.at === "previous" && !full)
        u = { ...u, map: (previous ??= Tensor.from(previousRows(work.rows))).ptr };
      this.#addWeight(gradient, matrix(gradient.dY), u, rows);
    });
  }

  /** The gradients by parameter, once every stretch was added. */
  finish(): Readonly<Record<string, Tensor>> {
    const rows = this.#table?.rows;
    if (rows === undefined) return this.#gradients;
    const [count, width] = rows.shape;
    this.#each((gradient) => {
      const sum = this.#tabled(gradient);
      if (sum === undefined) return;
      const d = { at: sum.ptr, lead: sum.shape[1] };
      if (gradient.kind === "vector") this.#addVector(gradient, d, count);
      else this.#addWeight(gradient, d, { at: rows.ptr, lead: width }, count);
    });
    return this.#gradients;
  }

  /** Every gradient that is asked for, one of each set that is shared. */
  #each(visit: (gradient: PlanGradient) => void): void {
    const summed = new Set<Tensor>();
    for (const gradient of this.#sized.plan.gradients) {
      const { param, kind } = gradient;
      const into = this.#gradients[param];
      if (into === undefined || summed.has(into)) continue;
      if (kind === "vector" && this.#sizeOf(gradient) === into.size) summed.add(into);
      visit(gradient);
    }
  }

  #addWeight(
    { param, firstBlock, rowDim, colDim, blocks }: PlanGradient & { kind: "weight" },
    dY: Matrix,
    u: Matrix,
    rows: number,
  ): void {
    const [m, n] = [blocks * this.#dims[rowDim], this.#dims[colDim]];
    const { into, accumulate } = this.#target(param);
    const out = into + firstBlock * this.#dims[rowDim] * n * this.#kernels.bytes;
    this.#kernels.gemmTN(out, dY.at, dY.lead, u.at, u.lead, u.map ?? 0, rows, m, n, accumulate);
  }

  #addVector(
    { param, firstBlock, dim, blocks }: PlanGradient & { kind: "vector" },
    source: Matrix,
    rows: number,
  ): void {
    const { into, accumulate } = this.#target(param);
    const out = into + firstBlock * this.#dims[dim] * this.#kernels.bytes;
    this.#kernels.columnSum(out, source.at, source.lead, rows, blocks * this.#dims[dim], accumulate);
  }

  #target(param: string): { readonly into: number; readonly accumulate: boolean } {
    const gradient = this.#gradients[param];
    const accumulate = this.#begun.has(gradient);
    this.#begun.add(gradient);
    return { into: gradient.ptr, accumulate };
  }

  /** The sums over the distinct rows of the input that this gradient is made of, if it is. */
  #tabled(gradient: PlanGradient): Tensor | undefined {
    if (this.#table === null) return undefined;
    if (gradient.kind === "vector") return this.#table.of(gradient.source, gradient.blocks);
    const ofInput = gradient.u.buffer === this.#sized.plan.bindings.inputs[0].buffer;
    return ofInput ? this.#table.of(gradient.dY, gradient.blocks) : undefined;
  }

  #sizeOf(gradient: PlanGradient): number {
    if (gradient.kind === "vector") return gradient.blocks * this.#dims[gradient.dim];
    return gradient.blocks * this.#dims[gradient.rowDim] * this.#dims[gradient.colDim];
  }

  get #dims(): Readonly<Record<string, number>> {
    return this.#sized.dims;
  }

  #buffer(index: number): { readonly dim: string; readonly blocks: number } {
    return this.#sized.plan.buffers[index];
  }
}

function sumKey({ source, blocks }: PlanGradient & { kind: "vector" }): string {
  return `${source.buffer}.${source.block}.${blocks}`;
}
