/** The one place where the golden tests touch recurrent networks: a case in, named tensors out. */
import type { CellDefinition } from "../../src/cell/index.js";
import { GRU, gruResetBefore, jordan, LSTM, Recurrent, type RecurrentInput, RNN } from "../../src/nn/index.js";
import { add, mul, scope, sum, Tensor } from "../../src/tensor/index.js";
import type { Case } from "./golden.js";
import { uniform } from "./streams.js";

export type Precision = "f32" | "f64";

export interface RecurrentOptions {
  name: string;
  cell: "rnn_tanh" | "rnn_relu" | "lstm" | "gru" | "gru_reset_before" | "jordan";
  layers: number;
  bidirectional: boolean;
  state: boolean;
  T: number;
  B: number;
  I: number;
  H: number;
  /** Jordan's output size. */
  O?: number;
  lengths: number[] | null;
}

/** A network of the case's kind and sizes, with the case's weights. */
function network(c: Case<RecurrentOptions>, dtype: Precision, cell?: CellDefinition): Recurrent {
  const { I: inputSize, H: hiddenSize, layers, bidirectional } = c;
  const options = { inputSize, hiddenSize, layers, bidirectional, dtype };
  const kinds: Record<RecurrentOptions["cell"], () => Recurrent> = {
    rnn_tanh: () => new RNN({ ...options, nonlinearity: "tanh" }),
    rnn_relu: () => new RNN({ ...options, nonlinearity: "relu" }),
    lstm: () => new LSTM(options),
    gru: () => new GRU(options),
    gru_reset_before: () => new Recurrent(gruResetBefore, options),
    jordan: () => new Recurrent(jordan, { ...options, outputSize: c.O }),
  };
  const net = cell === undefined ? kinds[c.cell]() : new Recurrent(cell, options);
  for (const [name, parameter] of net.namedParameters()) {
    parameter.set(uniform(`${c.seed}/${name}`, parameter.size, 1 / Math.sqrt(hiddenSize)));
  }
  return net;
}

/** A cell in place of the case's own, and its inputs beside x. */
export interface Instead {
  readonly cell: CellDefinition;
  readonly inputs: () => RecurrentInput["inputs"];
}

/** Outputs, final states and all gradients, under the names of the golden file. */
export function runRecurrent(
  c: Case<RecurrentOptions>,
  dtype: Precision,
  instead?: Instead,
): Record<string, ArrayLike<number>> {
  const net = network(c, dtype, instead?.cell);
  const width = c.O ?? c.H;
  const stacked = c.layers * (c.bidirectional ? 2 : 1);
  const states = c.cell === "lstm" ? ["h", "c"] : ["h"];
  const found: Record<string, ArrayLike<number>> = {};
  scope(() => {
    const hashed = (name: string, shape: number[], requiresGrad = false): Tensor => {
      const size = shape.reduce((a, b) => a * b);
      return Tensor.from(uniform(`${c.seed}/${name}`, size), shape, { dtype, requiresGrad });
    };
    /** One layer and direction of a stream for all of them, as PyTorch stacks them. */
    const part = (name: string, k: number, requiresGrad = false): Tensor => {
      const all = uniform(`${c.seed}/${name}`, stacked * c.B * width);
      const own = all.slice(k * c.B * width, (k + 1) * c.B * width);
      return Tensor.from(own, [c.B, width], { dtype, requiresGrad });
    };
    const x = hashed("x", [c.T, c.B, c.I], true);
    const names = net.cell.states.map((own) => own.name);
    const initial = Array.from({ length: stacked }, (_, k) =>
      Object.fromEntries(names.map((own, i) => [own, part(`${states[i]}0`, k, true)])),
    );
    const { output, state } = net.forward(x, {
      ...(c.lengths === null ? {} : { lengths: c.lengths }),
      ...(c.state ? { state: initial } : {}),
      ...(instead === undefined ? {} : { inputs: instead.inputs() }),
    });
    let loss = sum(mul(output, hashed("d_output", [...output.shape])));
    state.forEach((record, k) => {
      names.forEach((own, i) => (loss = add(loss, sum(mul(record[own], part(`d_${states[i]}`, k))))));
    });
    loss.backward();
    found["output"] = output.toArray();
    found["d_x"] = x.grad!.toArray();
    names.forEach((own, i) => {
      found[states[i]] = state.flatMap((record) => record[own].toArray());
      if (c.state) found[`d_${states[i]}0`] = initial.flatMap((record) => record[own].grad!.toArray());
    });
    for (const [name, parameter] of net.namedParameters()) found[`d_${name}`] = parameter.grad!.toArray();
  });
  return found;
}
