/** What this machine takes for products, operations and bytes on one thread, measured in bursts and the best of each kept. */
import { executorFor } from "../../../cell/executor.js";
import type { Frame } from "../../../cell/frame.js";
import { PLAN_VERSION, type Instruction, type Plan, type PlanBuffer } from "../../../cell/plan-format.js";
import { packedSize, runtime } from "../../../runtime/index.js";
import { uniform } from "../numbers.js";
import { processorTime } from "./processor-time.js";
import { type Bill, type OperationClass, type Product, productKey } from "./plan-bill.js";

/** Milliseconds of each part of a bill. */
export interface Prediction {
  readonly products: number;
  readonly operations: number;
  readonly bytes: number;
  readonly total: number;
}

/** Chains of one operator that a program for measuring it runs side by side. */
const CHAINS = 4;
/** Links of such a chain in the shorter and the longer program; the difference of their times is the operator's. */
const LINKS = { named: [1, 3], cheap: [4, 20] } as const;
const CLASSES: readonly OperationClass[] = ["cheap", "div", "sqrt", "exp", "log", "tanh", "sigmoid"];
/** Columns and rows that the first-level cache holds. */
const [COLUMNS, ROWS] = [128, 4];

/** Best times so far, and the memory to measure them in. */
export class Rates {
  readonly #products = new Map<string, { product: Product; ms: number }>();
  readonly #operations = new Map<OperationClass, { programs: readonly Runner[]; ms: [number, number] }>();
  readonly #copies: { near: Runner; far: Runner };
  /** Nanoseconds per byte. */
  readonly #perByte = { near: Infinity, far: Infinity };
  readonly #memory: number;
  readonly #elements: number;

  /** @param batch, steps, width the rows of a step, the steps, and the elements of a row */
  constructor(bills: readonly Bill[], { batch, steps, width }: { batch: number; steps: number; width: number }) {
    for (const product of bills.flatMap(({ products }) => products)) {
      this.#products.set(productKey(product), { product, ms: Infinity });
    }
    const copied = COPY_BUFFERS * batch * steps * width;
    this.#elements = Math.max(copied, 2 * CHAINS * COLUMNS * ROWS, ...[...this.#products.values()].map(roomOf));
    this.#memory = runtime().heap.alloc(4 * this.#elements);
    // Numbers like those of a network: denormal ones are slow.
    runtime()
      .heap.f32(this.#memory, this.#elements)
      .set(uniform("rates", this.#elements, 1));
    for (const kind of CLASSES) {
      const links = kind === "cheap" ? LINKS.cheap : LINKS.named;
      const programs = links.map((count) => this.#runner(chainPlan(kind, count), ROWS, COLUMNS));
      this.#operations.set(kind, { programs, ms: [Infinity, Infinity] });
    }
    this.#copies = {
      near: this.#runner(copyPlan(), batch, width),
      far: this.#runner(copyPlan(), batch * steps, width),
    };
  }

  /** Measure everything once more. */
  burst(): void {
    for (const entry of this.#products.values()) entry.ms = Math.min(entry.ms, this.#timeOf(entry.product));
    for (const { programs, ms } of this.#operations.values()) {
      programs.forEach((program, i) => (ms[i] = Math.min(ms[i], best(program.run))));
    }
    for (const where of ["near", "far"] as const) {
      const { run, elements } = this.#copies[where];
      this.#perByte[where] = Math.min(this.#perByte[where], (1e6 * best(run)) / (4 * COPY_MOVES * elements));
    }
  }

  /** Nanoseconds for one element. */
  operation(kind: OperationClass): number {
    const { ms } = this.#operations.get(kind)!;
    const links = kind === "cheap" ? LINKS.cheap : LINKS.named;
    return Math.max(0, (1e6 * (ms[1] - ms[0])) / (CHAINS * (links[1] - links[0]) * ROWS * COLUMNS));
  }

  /** GB/s of passes over the rows of a step and of a sequence. */
  get bandwidth(): { near: number; far: number } {
    return { near: 1 / this.#perByte.near, far: 1 / this.#perByte.far };
  }

  /** What a bill comes to. */
  predict({ products, operations, nearBytes, farBytes }: Bill): Prediction {
    const parts = {
      products: products.reduce((sum, product) => sum + this.#products.get(productKey(product))!.ms, 0),
      operations: CLASSES.reduce((sum, kind) => sum + operations[kind] * this.operation(kind), 0) / 1e6,
      bytes: (nearBytes * this.#perByte.near + farBytes * this.#perByte.far) / 1e6,
    };
    return { ...parts, total: parts.products + parts.operations + parts.bytes };
  }

  /** Give the memory back. */
  end(): void {
    runtime().heap.free(this.#memory);
  }

  /** A plan without products on rows of memory, ready to run. */
  #runner(plan: Plan, rows: number, width: number): Runner {
    const frame: Frame = {
      steps: 1,
      batch: rows,
      rows,
      active: Int32Array.of(rows),
      offsets: Int32Array.of(0),
      dims: { hidden: width },
      buffers: plan.buffers.map((_, i) => this.#memory + 4 * i * rows * width),
      weights: [],
    };
    const executor = executorFor(plan, "f32");
    // Small ones go several times for one look at the clock.
    const repeats = Math.max(1, Math.round(2e5 / (rows * width)));
    const run = (): number => {
      const start = processorTime();
      for (let i = 0; i < repeats; i++) executor.run("forward", frame);
      return (processorTime() - start) / repeats;
    };
    return { run, elements: rows * width };
  }

  /** Milliseconds of a product with all its times, each on the rows of its step. */
  #timeOf(product: Product): number {
    const kernels = runtime().kernels("f32");
    const [a, b] = [this.#memory, this.#memory + 4 * firstOf(product)];
    const out = b + 4 * secondOf(product);
    const run = (): void => {
      for (let step = 0; step < product.times; step++) {
        if (product.kind === "gemm") {
          const { m, n, k } = product;
          kernels.gemm(out, n, a + 4 * step * m * k, k, b, m, n, k, false);
        } else if (product.kind === "gemmTN") {
          const { rows, m, n } = product;
          kernels.gemmTN(out, a, m, b, n, 0, rows, m, n, false);
        } else if (product.kind === "columnSum") {
          kernels.columnSum(out, a, product.n, product.rows, product.n, false);
        } else kernels.pack(b, a, product.n, product.k, product.k, 1);
      }
    };
    return best(() => {
      const start = processorTime();
      run();
      return processorTime() - start;
    });
  }
}

interface Runner {
  readonly run: () => number;
  readonly elements: number;
}

/** The quickest of a few runs. */
function best(run: () => number): number {
  return Math.min(run(), run(), run());
}

/** Elements of the operands, each dense. */
function firstOf(product: Product): number {
  if (product.kind === "gemm") return product.times * product.m * product.k;
  if (product.kind === "gemmTN") return product.rows * product.m;
  return product.kind === "columnSum" ? product.rows * product.n : product.n * product.k;
}

function secondOf(product: Product): number {
  if (product.kind === "gemmTN") return product.rows * product.n;
  return product.kind === "columnSum" ? 0 : packedSize(product.n, product.k);
}

function roomOf({ product }: { product: Product }): number {
  const out = product.kind === "pack" ? 0 : product.kind === "columnSum" ? product.n : product.m * product.n;
  return firstOf(product) + secondOf(product) + out;
}

/** `CHAINS` chains of an operator side by side, each `links` long, between a load and a store. */
function chainPlan(kind: OperationClass, links: number): Plan {
  const code: Instruction[] = [];
  let register = 0;
  const chains = Array.from({ length: CHAINS }, (_, chain) => {
    code.push({ op: "load", to: register, slot: { buffer: chain, block: 0 } });
    return register++;
  });
  const loaded = [...chains];
  for (let link = 0; link < links; link++) {
    chains.forEach((a, chain) => {
      const b = loaded[(chain + 1) % CHAINS];
      const binary = kind === "cheap" ? (["mul", "add", "max", "sub"] as const)[link % 4] : kind;
      code.push(
        binary === "div" || kind === "cheap"
          ? ({ op: binary, to: register, a, b } as Instruction)
          : ({ op: binary, to: register, a } as Instruction),
      );
      chains[chain] = register++;
    });
  }
  // Not where they came from: repeated, they would run into numbers that no network has.
  chains.forEach((from, chain) => code.push({ op: "store", from, slot: { buffer: CHAINS + chain, block: 0 } }));
  return passPlan(code, 2 * CHAINS);
}

const COPY_BUFFERS = 4;
/** Loads and stores of an element. */
const COPY_MOVES = 5;

/** Three loads and two stores, as the passes of a cell have them, and as little arithmetic as can be. */
function copyPlan(): Plan {
  const at = (buffer: number) => ({ buffer, block: 0 });
  const code: Instruction[] = [
    ...[0, 1, 2].map((i): Instruction => ({ op: "load", to: i, slot: at(i) })),
    { op: "max", to: 3, a: 0, b: 1 },
    { op: "max", to: 4, a: 3, b: 2 },
    { op: "store", from: 3, slot: at(0) },
    { op: "store", from: 4, slot: at(3) },
  ];
  return passPlan(code, COPY_BUFFERS);
}

/** A plan of one pass over sequences. */
function passPlan(code: readonly Instruction[], count: number): Plan {
  const buffers = Array.from({ length: count }, (_, i): PlanBuffer => {
    return { name: `rows.${i}`, kind: "sequence", dim: "hidden", blocks: 1 };
  });
  return {
    version: PLAN_VERSION,
    cell: "rates",
    mode: "infer",
    dims: ["hidden"],
    buffers,
    weights: [],
    hoist: [],
    forward: [{ matmuls: [], passes: [{ dim: "hidden", code }] }],
    backward: [],
    sink: [],
    gradients: [],
    bindings: {
      inputs: [],
      states: [],
      output: { buffer: 0, block: 0 },
      dOutput: null,
      dInputs: [],
      vectors: [],
    },
  };
}
