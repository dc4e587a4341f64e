/** What a layer owes for one pass there and back: every product, operation and byte of its plan, counted. */
import type { Instruction, Pass, Plan, Stage } from "../../../cell/plan-format.js";

/** Sequences, steps, and the size of each of the cell's widths. */
export interface BillSizes {
  readonly batch: number;
  readonly steps: number;
  readonly dims: Readonly<Record<string, number>>;
}

/** A matrix product or what surrounds it, `times` times on new rows each time. */
export type Product =
  /** out[m, n] = a[m, k] · B[n, k]ᵀ, B packed. */
  | { readonly kind: "gemm"; readonly m: number; readonly n: number; readonly k: number; readonly times: number }
  /** out[m, n] = Σ over `rows` of a[·, m]ᵀ · b[·, n]. */
  | { readonly kind: "gemmTN"; readonly rows: number; readonly m: number; readonly n: number; readonly times: number }
  | { readonly kind: "columnSum"; readonly rows: number; readonly n: number; readonly times: number }
  | { readonly kind: "pack"; readonly n: number; readonly k: number; readonly times: number };

/** Operations that cost the same: a `cheap` one is one or two instructions, the others are named. */
export type OperationClass = "cheap" | "div" | "sqrt" | "exp" | "log" | "tanh" | "sigmoid";

/** All that is to be paid. */
export interface Bill {
  readonly products: readonly Product[];
  /** How often each class is applied to one element. */
  readonly operations: Readonly<Record<OperationClass, number>>;
  /** Bytes that passes load and store: of rows that stay near (one step's), and of those that a sequence is made of. */
  readonly nearBytes: number;
  readonly farBytes: number;
}

const NAMED: readonly string[] = ["div", "sqrt", "exp", "log", "tanh", "sigmoid"];

/** The bill of a plan for training, forward and backward, gradients of x and of all parameters included. */
export function planBill(plan: Plan, { batch, steps, dims }: BillSizes): Bill {
  const rows = batch * steps;
  const products: Product[] = [];
  const operations = { cheap: 0, div: 0, sqrt: 0, exp: 0, log: 0, tanh: 0, sigmoid: 0 };
  let [nearBytes, farBytes] = [0, 0];
  const add = (stages: readonly Stage[], m: number, times: number): void => {
    for (const { matmuls, columnMeans = [], passes } of stages) {
      for (const { weight } of matmuls) products.push({ kind: "gemm", m, ...extentOf(plan, weight, dims), times });
      // Of a mean over rows every row is read, added and written.
      for (const { out, a } of columnMeans) {
        const count = m * times * (dims[plan.buffers[out.buffer].dim] ?? 1);
        operations.cheap += count;
        nearBytes += 4 * count;
        if (isNear(plan, a.buffer)) nearBytes += 4 * count;
        else farBytes += 4 * count;
      }
      const reductions = new Set<number>();
      for (const pass of passes) {
        const width = dims[pass.dim] ?? 1;
        for (const i of perColumn(plan, pass, reductions)) {
          const count = m * times * width;
          if (!("slot" in i)) operations[classOf(i)] += count;
          else if (plan.buffers[i.slot.buffer].kind === "vector") operations.cheap += count;
          else if (isNear(plan, i.slot.buffer)) nearBytes += 4 * count;
          else farBytes += 4 * count;
        }
      }
    }
  };
  add(plan.hoist, rows, 1);
  add(plan.forward, batch, steps);
  add(plan.backward, batch, steps);
  add(plan.sink, rows, 1);
  for (let weight = 0; weight < plan.weights.length; weight++) {
    products.push({ kind: "pack", ...extentOf(plan, weight, dims), times: 1 });
  }
  // Vectors that enter side by side share their sums.
  const summed = new Set<string>();
  for (const g of plan.gradients) {
    if (g.kind === "weight") {
      products.push({ kind: "gemmTN", rows, m: g.blocks * dims[g.rowDim], n: dims[g.colDim], times: 1 });
    } else if (!summed.has(JSON.stringify([g.source, g.blocks]))) {
      summed.add(JSON.stringify([g.source, g.blocks]));
      products.push({ kind: "columnSum", rows, n: g.blocks * dims[g.dim], times: 1 });
    }
  }
  return { products, operations, nearBytes, farBytes };
}

/** One key for all products that cost the same. */
export function productKey(product: Product): string {
  return Object.values(product).join(" ");
}

/** Multiplications and additions of a product. */
export function flopsOf(product: Product): number {
  if (product.kind === "gemm") return 2 * product.m * product.n * product.k * product.times;
  if (product.kind === "gemmTN") return 2 * product.rows * product.m * product.n * product.times;
  return 0;
}

function extentOf(plan: Plan, weight: number, dims: BillSizes["dims"]): { n: number; k: number } {
  const { blocks, rowDim, colDim, transposed } = plan.weights[weight];
  const [rows, cols] = [blocks * dims[rowDim], dims[colDim]];
  return transposed ? { n: cols, k: rows } : { n: rows, k: cols };
}

/** Rows that are overwritten at every step stay in the nearer caches. */
function isNear(plan: Plan, buffer: number): boolean {
  const { kind } = plan.buffers[buffer];
  return kind === "scratch" || kind === "carry";
}

/** The instructions of a pass that every column repeats; what all columns share is computed once for a row. */
function perColumn(plan: Plan, { code }: Pass, reductions: Set<number>): Instruction[] {
  const shared = new Set(reductions);
  const repeated = code.filter((i) => {
    if (i.op === "store") return true;
    const once =
      "slot" in i
        ? plan.buffers[i.slot.buffer].dim === "1"
        : i.op !== "rowSum" && i.op !== "rowMax" && operandsOf(i).every((register) => shared.has(register));
    if (once) shared.add(i.to);
    if (i.op === "rowSum" || i.op === "rowMax") reductions.add(i.to);
    return !once;
  });
  return repeated;
}

function operandsOf(i: Instruction): number[] {
  return ["a", "b", "c"].flatMap((name) => (name in i ? [(i as unknown as Record<string, number>)[name]] : []));
}

function classOf({ op }: Instruction): OperationClass {
  return NAMED.includes(op) ? (op as OperationClass) : "cheap";
}
