/** Streams: one time step a call, the state carried, the output of the top layer read. */
import type { RecurrentState } from "../../nn/index.js";
import { streamModel } from "../../stream/compile/index.js";
import { noGrad, scope, Tensor } from "../../tensor/index.js";
import { StackModel } from "./models.js";
import { uniform } from "./numbers.js";
import type { Bench } from "./phases.js";
import type { Workload } from "./workloads.js";

/** Inputs that go round. */
const INPUTS = 64;
/** Steps from zero after which outputs are compared. */
const PROOF_STEPS = 100;

/** One step of a stream: a session in float32, the network's own `step` in float64. */
export function streaming(workload: Workload, dtype: "f32" | "f64"): Bench {
  const { B, input } = workload;
  const size = B * input!;
  const data = uniform("x", INPUTS * size, 1);
  const inputs = Array.from({ length: INPUTS }, (_, i) => data.slice(i * size, (i + 1) * size));
  const begin = dtype === "f32" ? sessions(workload) : definition(workload);
  let step = begin();
  let i = 0;
  return {
    run: () => step(inputs[i++ % INPUTS])[0],
    proof: () => {
      step = begin();
      let last: ArrayLike<number> = [];
      for (i = 0; i < PROOF_STEPS; i++) last = step(inputs[i % INPUTS]);
      return { checkAbs: meanAbs(last) };
    },
  };
}

type Step = (x: Float32Array) => ArrayLike<number>;

function sessions(workload: Workload): () => Step {
  const model = streamModel({ recurrent: new StackModel(workload, "f32").rnn });
  return () => {
    const session = model.session({ batch: workload.B });
    return (x) => session.step(x);
  };
}

function definition(workload: Workload): () => Step {
  const { rnn } = new StackModel(workload, "f64");
  const shape = [workload.B, workload.input!];
  return () => {
    let state: number[][][] = [];
    return (x) =>
      scope(() =>
        noGrad(() => {
          const given = state.length === 0 ? undefined : tensors(state, rnn.zeroState(workload.B));
          const next = rnn.step(Tensor.from(Float64Array.from(x), shape), given);
          state = next.state.map((record) => Object.values(record).map((tensor) => tensor.toArray()));
          return next.output.toArray();
        }),
      );
  };
}

/** The numbers of a state as a state again, with the names and shapes of `like`. */
function tensors(numbers: readonly number[][][], like: RecurrentState): RecurrentState {
  return like.map((record, layer) =>
    Object.fromEntries(
      Object.entries(record).map(([name, { shape }], i) => [
        name,
        Tensor.from(Float64Array.from(numbers[layer][i]), shape),
      ]),
    ),
  );
}

/** Bytes of the weights that every step reads. */
export function streamedBytes(workload: Workload): number {
  return 4 * new StackModel(workload, "f32").parameterCount;
}

/** Mean |value|. */
export function meanAbs(values: ArrayLike<number>): number {
  let sum = 0;
  for (let i = 0; i < values.length; i++) sum += Math.abs(values[i]);
  return sum / values.length;
}
