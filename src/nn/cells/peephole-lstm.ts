/**
 * Long short-term memory whose gates see the cell state: the input and forget gates the old one, the output gate the new.
 *
 *   i, f = σ(W_ih·x + b_ih + W_hh·h + b_hh + w_c⊙c)   g = tanh(W_ih·x + b_ih + W_hh·h + b_hh)
 *   c′ = f⊙c + i⊙g      o = σ(W_ih·x + b_ih + W_hh·h + b_hh + w_c⊙c′)      h′ = o⊙tanh(c′)
 *
 * Parameters are those of `lstm` and peephole_i, peephole_f, peephole_o [H]; ONNX keeps them as one P in the order i, o, f.
 * Source: Gers & Schmidhuber 2000, "Recurrent nets that time and count".
 */
import {
  bias,
  candidate,
  defineCell,
  inputWeight,
  linear,
  peephole,
  recurrentWeight,
  sigmoid,
  tanh,
} from "../../cell/index.js";

export const peepholeLstm = defineCell({
  name: "peepholeLstm",
  reference: "https://doi.org/10.1109/IJCNN.2000.861302",
  summary:
    "i, f = σ(W_ih·x + b_ih + W_hh·h + b_hh + w_c⊙c); g = tanh(W_ih·x + b_ih + W_hh·h + b_hh); c′ = f⊙c + i⊙g; " +
    "o = σ(W_ih·x + b_ih + W_hh·h + b_hh + w_c⊙c′); h′ = o⊙tanh(c′)",
  gates: ["i", "f", "g", "o"],
  forgetGate: "f",
  inputGate: "i",
  params: ({ input, hidden, gates }) => ({
    weight_ih: inputWeight(gates(hidden), input),
    weight_hh: recurrentWeight(gates(hidden), hidden),
    bias_ih: bias(gates(hidden)),
    bias_hh: bias(gates(hidden)),
    peephole_i: peephole(hidden),
    peephole_f: peephole(hidden),
    peephole_o: peephole(hidden),
  }),
  state: { h: "hidden", c: "hidden" },
  step: ({ x, p, h, c }) => {
    const a = linear(x, p.weight_ih, p.bias_ih);
    const u = linear(h, p.weight_hh, p.bias_hh);
    const i = sigmoid(a.i.add(u.i).add(p.peephole_i.mul(c)));
    const f = sigmoid(a.f.add(u.f).add(p.peephole_f.mul(c)));
    const g = candidate(tanh(a.g.add(u.g)));
    const next = f.mul(c).add(i.mul(g));
    const o = sigmoid(a.o.add(u.o).add(p.peephole_o.mul(next)));
    return { h: o.mul(tanh(next)), c: next };
  },
  output: ({ h }) => h,
});
