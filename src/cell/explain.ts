/** A plan in words: what is hoisted, the stages of a step, what is kept for the backward pass, and what it all costs. */
import { callFlops } from "./calls.js";
import { hasMemory, widthsOf, type CellDefinition } from "./define.js";
import { predictedBytes } from "./memory.js";
import { planCell } from "./plan.js";
import { POSITIONS, type Instruction, type Plan, type PlanBuffer, type Slot, type Stage } from "./plan-format.js";
import { bufferRows } from "./workspace.js";

export interface ExplainSizes {
  /** B, default 32. */
  readonly batch?: number;
  /** T, default 50. */
  readonly steps?: number;
  /** I, default 128. */
  readonly input?: number;
  /** H, default 128. */
  readonly hidden?: number;
  /** Widths of the cell's own dims by name, default as the cell says; `positions` of memories, default T. */
  readonly dims?: Readonly<Record<string, number>>;
  /** Steps of a segment, for what training in segments would take; default √T. */
  readonly segment?: number;
}

/**
 * Say what the machine will do for a cell.
 *
 * Flops count the matrix products (a multiplication and an addition each) and what calls cost about; bytes are float32. The peak is that of
 * `predictedBytes`: one layer in one direction.
 *
 * @example
 * console.log(explain(lstm, { batch: 50, steps: 50, input: 65, hidden: 128 }));
 */
export function explain(cell: CellDefinition, sizes: ExplainSizes = {}): string {
  const { batch = 32, steps = 50, input = 128, hidden = 128 } = sizes;
  const dims = widthsOf(cell, { input, hidden }, sizes.dims);
  if (hasMemory(cell)) dims[POSITIONS] = sizes.dims?.[POSITIONS] ?? steps;
  const plan = planCell(cell, "train");
  const page = new Page(cell, plan, dims, batch, steps);
  return [
    `${cell.name}: ${cell.states.map(({ name, dim }) => `${name} [${dim}]`).join(", ")} → output [${cell.outputDim}]`,
    ...besides(cell),
    ...(cell.crossRow ? ["crossRow: statistics over the rows of a step; one thread runs it, whatever its size"] : []),
    `sizes: T ${steps}, B ${batch}, ${Object.entries(dims)
      .map(([name, size]) => `${name} ${size}`)
      .join(", ")}`,
    ...page.section("hoisted, once over all T·B rows", plan.hoist, steps * batch),
    ...page.section("each step", plan.forward, batch),
    ...page.section("each step backwards", plan.backward, batch),
    ...page.section("sunk, once over all T·B rows", plan.sink, steps * batch),
    ...page.gradients(),
    ...page.memory(sizes.segment ?? Math.ceil(Math.sqrt(steps))),
    ...page.cost(),
  ].join("\n");
}

class Page {
  readonly #cell: CellDefinition;
  readonly #plan: Plan;
  readonly #dims: Readonly<Record<string, number>>;
  readonly #batch: number;
  readonly #steps: number;

  constructor(cell: CellDefinition, plan: Plan, dims: Readonly<Record<string, number>>, batch: number, steps: number) {
    this.#cell = cell;
    this.#plan = plan;
    this.#dims = dims;
    this.#batch = batch;
    this.#steps = steps;
  }

  section(title: string, stages: readonly Stage[], rows: number): string[] {
    if (stages.length === 0) return [];
    const lines = [`${title} — ${count(stages.length, "stage")}`];
    stages.forEach(({ matmuls, columnMeans = [], calls = [], passes }, s) => {
      for (const { out, a, weight } of matmuls) {
        const [n, k] = this.#extent(weight);
        const { param, transposed } = this.#plan.weights[weight];
        const operand = `${param}${transposed ? "" : "ᵀ"}`;
        lines.push(
          `  ${s + 1}. ${this.#name(out, false)} = ${this.#name(a, false)} · ${operand}   [${rows}×${k}]·[${k}×${n}]`,
        );
      }
      for (const { out, a } of columnMeans) {
        lines.push(`  ${s + 1}. ${this.#name(out)} = mean over the rows of ${this.#name(a)}`);
      }
      for (const { op, outs, args, memory, gradient } of calls) {
        const names = (of: readonly Slot[]): string => of.map((slot) => this.#name(slot)).join(", ");
        const added = gradient === undefined ? "" : `; ${this.#name(gradient)} += its gradient`;
        lines.push(`  ${s + 1}. ${names(outs)} = ${op}(${names(args)}) over ${this.#name(memory)}${added}`);
      }
      for (const { dim, code } of passes) {
        const loads = code.filter(({ op }) => op === "load").length;
        const stores = slots(code, "store").map((slot) => this.#name(slot));
        const arithmetic = code.length - loads - stores.length - code.filter(({ op }) => op === "constant").length;
        lines.push(
          `  ${s + 1}. pass over ${dim}: ${count(loads, "load")}, ${count(arithmetic, "operation")}, ` +
            `${count(stores.length, "store")} per element → ${stores.join(", ")}`,
        );
      }
    });
    return lines;
  }

  gradients(): string[] {
    const products = this.#plan.gradients.filter(({ kind }) => kind === "weight");
    const sums = this.#plan.gradients.filter(({ kind }) => kind === "vector");
    return [
      `parameter gradients, once after the loop — ${count(products.length, "matrix product")}, ` +
        `${count(sums.length, "column sum")}: ${this.#plan.gradients.map(({ param }) => `d${param}`).join(", ")}`,
    ];
  }

  memory(segment: number): string[] {
    const lines = ["kept for the backward pass"];
    const read = new Set(
      [...this.#plan.backward, ...this.#plan.sink].flatMap(({ passes }) =>
        passes.flatMap(({ code }) => slots(code, "load").map(({ buffer }) => buffer)),
      ),
    );
    const written = this.#plan.forward.flatMap(({ passes }) => passes.flatMap(({ code }) => slots(code, "store")));
    const kept = new Set(written.filter(({ buffer }) => read.has(buffer)).map((slot) => this.#name(slot)));
    lines.push(`  ${[...kept].join(", ") || "nothing"}`);
    const { inputs, dOutput } = this.#plan.bindings;
    const given = new Set([...inputs.filter(({ spread }) => spread !== true).map(({ buffer }) => buffer), dOutput]);
    const own = this.#plan.buffers.filter(({ kind }, i) => kind !== "vector" && !given.has(i));
    const bytes = own.reduce((sum, buffer) => sum + this.#bytes(buffer), 0);
    const packed = this.#plan.weights.reduce((sum, _, i) => {
      const [n, k] = this.#extent(i);
      return sum + 4 * n * k;
    }, 0);
    lines.push(`  work space ${mebibytes(bytes)}, packed weights ${mebibytes(packed)}`);
    const sizes = { batch: this.#batch, steps: this.#steps, dims: this.#dims };
    const [whole, cut] = [{}, { segment }].map((more) => predictedBytes(this.#cell, { ...sizes, ...more }));
    lines.push(
      `  a training pass takes ${mebibytes(whole.peak)} at most, gradients included; ` +
        `in segments of ${count(segment, "step")} ${mebibytes(cut.peak)}`,
    );
    return lines;
  }

  cost(): string[] {
    const { hoist, forward, backward, sink, gradients } = this.#plan;
    const perRow = (stages: readonly Stage[]): number =>
      stages
        .flatMap(({ matmuls }) => matmuls)
        .reduce((sum, { weight }) => {
          const [n, k] = this.#extent(weight);
          return sum + 2 * n * k;
        }, 0);
    const weights = gradients.reduce(
      (sum, g) => (g.kind === "weight" ? sum + 2 * g.blocks * this.#dims[g.rowDim] * this.#dims[g.colDim] : sum),
      0,
    );
    const calls = (stages: readonly Stage[]): number => callFlops(this.#plan, stages, this.#dims);
    const traffic = (stages: readonly Stage[]): number =>
      stages
        .flatMap(({ passes }) => passes)
        .reduce((sum, { dim, code }) => {
          const moved = slots(code, "load").length + slots(code, "store").length;
          return sum + 4 * moved * this.#dims[dim];
        }, 0);
    const line = (what: string, flops: number, bytes: number): string =>
      `  ${what}: ${millions(flops * this.#batch)} Mflop, ${millions(bytes * this.#batch)} MB moved by the passes`;
    return [
      `per time step, ${count(this.#batch, "row")}`,
      line("forward", perRow([...hoist, ...forward]) + calls(forward), traffic([...hoist, ...forward])),
      line("backward", perRow([...backward, ...sink]) + weights + calls(backward), traffic([...backward, ...sink])),
    ];
  }

  #extent(weight: number): [n: number, k: number] {
    const { blocks, rowDim, colDim, transposed } = this.#plan.weights[weight];
    const [rows, cols] = [blocks * this.#dims[rowDim], this.#dims[colDim]];
    return transposed ? [cols, rows] : [rows, cols];
  }

  #bytes({ kind, dim, blocks }: PlanBuffer): number {
    const rows = this.#steps * this.#batch;
    const height = bufferRows({ kind }, { batch: this.#batch, rows }, this.#dims);
    return 4 * height * blocks * (this.#dims[dim] ?? 1);
  }

  #name({ buffer, block }: Slot, withBlock = true): string {
    const { name, blocks } = this.#plan.buffers[buffer];
    if (blocks === 1 || !withBlock) return name;
    const gate = blocks === this.#cell.gates.length ? this.#cell.gates[block] : String(block);
    return `${name}.${gate}`;
  }
}

function besides({ inputs }: CellDefinition): string[] {
  if (inputs.length === 0) return [];
  return [`inputs beside x: ${inputs.map(({ name, dim, per }) => `${name} [${dim}] per ${per}`).join(", ")}`];
}

function slots(code: readonly Instruction[], op: "load" | "store"): Slot[] {
  return code.flatMap((i) => (i.op === op && "slot" in i ? [i.slot] : []));
}

const count = (n: number, what: string): string => `${n} ${what}${n === 1 ? "" : "s"}`;
const mebibytes = (bytes: number): string => `${(bytes / 2 ** 20).toFixed(2)} MiB`;
const millions = (n: number): string => (n / 1e6).toFixed(3);
