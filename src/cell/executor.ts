/** Which machine runs a plan: emitted WebAssembly for float32 where there is any, the interpreter otherwise. */
import { runtime, TILE, type FloatType, type Program } from "../runtime/index.js";
import { scratch } from "../tensor/index.js";
import { callFlops } from "./calls.js";
import { emitPlan } from "./emit/index.js";
import { frameWords, WORD, writeFrame, type Frame } from "./frame.js";
import { interpreter, type Direction, type Executor } from "./interpret.js";
import type { Plan } from "./plan-format.js";
import { planProbe } from "./probe.js";

const programs = new WeakMap<Plan, Program>();
const probedPrograms = new WeakMap<Plan, Program>();

/** The executor of a plan for numbers of type `dtype`. */
export function executorFor(plan: Plan, dtype: FloatType): Executor {
  const machine = runtime();
  if (dtype === "f32" && machine.canLoad) return { run: (direction, frame) => runEmitted(plan, direction, frame) };
  return interpreter(plan, machine.heap, machine.kernels(dtype), dtype);
}

/** The code of a plan, with calls of the probe where one listens. */
function programOf(plan: Plan, probed: boolean): Program {
  const known = probed ? probedPrograms : programs;
  let program = known.get(plan);
  if (program === undefined) {
    const { shared } = runtime().heap;
    const imports = { tick: (part: number): void => planProbe()?.tick(part) };
    const own = probed ? { bytes: emitPlan(plan, { shared, probe: true }), imports } : undefined;
    program = runtime().load(emitPlan(plan, { shared }), own);
    known.set(plan, program);
  }
  return program;
}

function runEmitted(plan: Plan, direction: Direction, frame: Frame): void {
  const { heap } = runtime();
  const probe = planProbe();
  const program = programOf(plan, probe !== undefined);
  const words = frameWords(plan, frame.steps);
  // Rows are dealt in tiles: what fits one tile has nothing to share.
  // Nor have rows that look at each other.
  const worth = (): number =>
    matmulFlops(plan, direction, frame) + frame.rows * callFlops(plan, plan[direction], frame.dims);
  const flops = plan.crossRow !== true && frame.batch > TILE ? worth() : 0;
  scratch(words * WORD, (address) => {
    writeFrame(plan, frame, heap.i32(address, words));
    probe?.begin(plan, direction, frame);
    program.run(direction, address, flops);
    probe?.end();
  });
}

/** Multiplications and additions of the matrix products of one direction: 2·Σ lengths·N·K. */
export function matmulFlops(plan: Plan, direction: Direction, { rows, dims }: Pick<Frame, "rows" | "dims">): number {
  const stages = direction === "forward" ? [...plan.hoist, ...plan.forward] : [...plan.backward, ...plan.sink];
  let flops = 0;
  for (const { matmuls } of stages) {
    for (const { weight } of matmuls) {
      const { blocks, rowDim, colDim } = plan.weights[weight];
      flops += 2 * rows * blocks * dims[rowDim] * dims[colDim];
    }
  }
  return flops;
}
