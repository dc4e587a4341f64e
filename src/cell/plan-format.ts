/**
 * The plan: what a cell becomes between its equations and the machine. Plain JSON, shape-generic: sizes are named
 * (`"hidden"`), numbers arrive with the frame. The interpreter and every emitter read this and nothing else.
 *
 * Time. A batch of B rows is sorted by length, longest first. Step s has n[s] active rows, the prefix 0 … n[s]−1;
 * off[s] = Σ n[<s]; R = Σ n. Reversal and holes are row permutations made at the door, so steps always ascend here.
 */
export const PLAN_VERSION = 1;

/** The width of a buffer that holds one number per row; its size is 1. Read in a wider pass, the number is every column. */
export const ONE = "1";

/** The width of a value that has one number for each row of a memory. */
export const POSITIONS = "positions";

/** Rows of one chain of a sum over rows; the chains are added in ascending order. */
export const SUM_BLOCK = 256;

/** How the rows of a buffer are addressed at step s, row r. */
export type BufferKind =
  /** R rows: row off[s] + r (in `hoist` and `sink`: row r of all R). */
  | "sequence"
  /** B + R rows: `current` is B + off[s] + r, `previous` is r at s = 0 and B + off[s−1] + r after. */
  | "history"
  /** B rows: row r; survives from step to step. One that nobody writes is the same at every step. */
  | "carry"
  /** B rows: row r; meaningless after the step. */
  | "scratch"
  /** One row, the same for every r: biases, gains, peepholes. */
  | "vector"
  /** B·S rows, S the size of `POSITIONS`: rows r·S … r·S + S − 1 belong to row r, the same ones at every step. */
  | "memory";

/** A matrix in the heap whose rows are `blocks` named blocks of `dim` elements; row stride = blocks · dim. */
export interface PlanBuffer {
  readonly name: string;
  readonly kind: BufferKind;
  readonly dim: string;
  readonly blocks: number;
}

/** One block of a buffer's row. `at` matters for `history` only. */
export interface Slot {
  readonly buffer: number;
  readonly block: number;
  readonly at?: "current" | "previous";
}

export type Unary = "neg" | "abs" | "sqrt" | "exp" | "log" | "tanh" | "sigmoid" | "relu";
/** Comparisons give 1 or 0. */
export type Binary = "add" | "sub" | "mul" | "div" | "max" | "min" | "greater" | "greaterEqual" | "equal";

/** Registers are numbered per program (all passes of one stage share the numbering); each is written once. */
export type Instruction =
  | { readonly op: "load"; readonly to: number; readonly slot: Slot }
  | { readonly op: "store"; readonly from: number; readonly slot: Slot }
  | { readonly op: "constant"; readonly to: number; readonly value: number }
  /** The size of a dim, as a number. */
  | { readonly op: "size"; readonly to: number; readonly dim: string }
  | { readonly op: Unary; readonly to: number; readonly a: number }
  | { readonly op: Binary; readonly to: number; readonly a: number; readonly b: number }
  /** c ≠ 0 ? a : b */
  | { readonly op: "select"; readonly to: number; readonly c: number; readonly a: number; readonly b: number }
  /** Reduce over the row; `to` is one number per row, readable (broadcast) in the later passes of the program. */
  | { readonly op: "rowSum" | "rowMax"; readonly to: number; readonly a: number };

/**
 * One loop over the `dim` columns of a row. Loads of an element come before its store, so a store may reuse the slot
 * that a load of the same pass read. A register used in a later pass than its own is a row reduction. A pass over `ONE`
 * works with one number per row and reduces nothing.
 */
export interface Pass {
  readonly dim: string;
  readonly code: readonly Instruction[];
}

/** out[rows, N] (+)= a[rows, K] · weightᵀ, for the active rows. */
export interface Matmul {
  /** First of the adjacent blocks written. */
  readonly out: Slot;
  /** First of the adjacent blocks read. */
  readonly a: Slot;
  /** Index into `Plan.weights`. */
  readonly weight: number;
  readonly accumulate: boolean;
}

/**
 * out[r] = Σ a / n over the n active rows, the same in every row r, column by column: the one thing in a plan for which a
 * row looks at the others. The sum goes in blocks of 256 rows, ascending.
 */
export interface ColumnMean {
  readonly out: Slot;
  readonly a: Slot;
}

/** A function of a row and of its memory that comes with its own derivative; calls.ts says what each computes. */
export type CallOp = "dot" | "mix" | "additive" | "dotBack" | "mixBack" | "additiveBack";

/** outs[r] = op(args[r], memory of row r), for the active rows; args and outs share no slot. */
export interface Call {
  readonly op: CallOp;
  readonly outs: readonly Slot[];
  readonly args: readonly Slot[];
  readonly memory: Slot;
  /** Where a derivative adds the gradient of the memory (a buffer of the same form); absent: nobody asks. */
  readonly gradient?: Slot;
}

/** Every slot of a call. */
export function callSlots({ outs, args, memory, gradient }: Call): readonly Slot[] {
  return [...outs, ...args, memory, ...(gradient === undefined ? [] : [gradient])];
}

/** Matrix products, then means over rows, then calls, then one element-wise program: for each row, its passes in order. */
export interface Stage {
  readonly matmuls: readonly Matmul[];
  /** Only in the time loop, and only in a plan that is `crossRow`. */
  readonly columnMeans?: readonly ColumnMean[];
  /** Only in the time loop. */
  readonly calls?: readonly Call[];
  readonly passes: readonly Pass[];
}

/**
 * A packed operand: `blocks` row blocks of parameter `param` [… · rowDim, colDim], from `firstBlock` on.
 * Plain: N = blocks · rowDim, K = colDim (y = x·Wᵀ). Transposed: N = colDim, K = blocks · rowDim (dx = dy·W).
 */
export interface PlanWeight {
  readonly param: string;
  readonly firstBlock: number;
  readonly blocks: number;
  readonly rowDim: string;
  readonly colDim: string;
  readonly transposed: boolean;
}

/** A parameter's gradient, made after the backward loop from what the loop left behind. */
export type PlanGradient =
  /** dW[firstBlock …] += Σ_rows dYᵀ · u : one matmul over all R rows. */
  | {
      readonly kind: "weight";
      readonly param: string;
      readonly firstBlock: number;
      readonly blocks: number;
      readonly rowDim: string;
      readonly colDim: string;
      readonly dY: Slot;
      readonly u: Slot;
    }
  /** dv[firstBlock …] += Σ_rows source : one column sum over all R rows. */
  | {
      readonly kind: "vector";
      readonly param: string;
      readonly firstBlock: number;
      readonly blocks: number;
      readonly dim: string;
      readonly source: Slot;
    };

export interface Plan {
  readonly version: typeof PLAN_VERSION;
  readonly cell: string;
  /** `train` keeps what the backward pass reads; `infer` keeps nothing and has no backward sections. */
  readonly mode: "train" | "infer";
  /** Whether rows of a step look at each other: then one thread has to run it. Absent: no. */
  readonly crossRow?: true;
  readonly dims: readonly string[];
  readonly buffers: readonly PlanBuffer[];
  readonly weights: readonly PlanWeight[];
  /** Once, over all R rows, before the loop. */
  readonly hoist: readonly Stage[];
  /** Per step, ascending. */
  readonly forward: readonly Stage[];
  /** Per step, descending. */
  readonly backward: readonly Stage[];
  /** Once, over all R rows, after the backward loop. */
  readonly sink: readonly Stage[];
  readonly gradients: readonly PlanGradient[];
  readonly bindings: PlanBindings;
}

/** Which buffers the driver fills and reads. All others are work space. */
export interface PlanBindings {
  /**
   * x, then the inputs beside it: per step (sequence), or the same at every step (carry, memory). `spread`: the same at every
   * step and in a sequence all the same; the driver copies the row of a sequence to each of its steps.
   */
  readonly inputs: readonly { readonly name: string; readonly buffer: number; readonly spread?: true }[];
  /** A state's values over time (history: initial rows, then every step) and its running gradient (carry). */
  readonly states: readonly {
    readonly name: string;
    readonly dim: string;
    readonly history: number;
    readonly carry: number | null;
  }[];
  /** The output of every step: R rows of a sequence, or of a history after its B initial rows. */
  readonly output: Slot;
  /** Gradient of the loss with respect to the output (sequence); null in `infer`. */
  readonly dOutput: number | null;
  /**
   * Gradients with respect to the inputs, x first: per step (sequence), written by the backward pass, or added up over the
   * steps (carry, memory), which the driver sets to zero before. Inputs that none reaches have none; empty in `infer`.
   */
  readonly dInputs: readonly { readonly name: string; readonly buffer: number }[];
  /** Parameter vectors. */
  readonly vectors: readonly { readonly param: string; readonly buffer: number }[];
}
