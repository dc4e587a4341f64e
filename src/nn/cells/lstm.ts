/**
 * Long short-term memory with a forget gate, in PyTorch's parametrisation (`torch.nn.LSTM`):
 *
 *   i, f, o = σ(W_ih·x + b_ih + W_hh·h + b_hh)   g = tanh(the same, its own rows)   — one block of rows per gate
 *   c′ = f⊙c + i⊙g      h′ = o⊙tanh(c′)
 *
 * Shapes: x [B, I], h and c [B, H]; weight_ih [4H, I], weight_hh [4H, H], biases [4H]; blocks in the order i, f, g, o.
 * Sources: Hochreiter & Schmidhuber 1997; Gers, Schmidhuber & Cummins 2000 (forget gate).
 */
import { bias, candidate, defineCell, inputWeight, linear, recurrentWeight, sigmoid, tanh } from "../../cell/index.js";

export const lstm = defineCell({
  name: "lstm",
  reference: "https://doi.org/10.1162/neco.1997.9.8.1735",
  summary:
    "i, f, o = σ(W_ih·x + b_ih + W_hh·h + b_hh); g = tanh(the same, its own rows); c′ = f⊙c + i⊙g; h′ = o⊙tanh(c′)",
  gates: ["i", "f", "g", "o"],
  forgetGate: "f",
  inputGate: "i",
  params: ({ input, hidden, gates }) => ({
    weight_ih: inputWeight(gates(hidden), input),
    weight_hh: recurrentWeight(gates(hidden), hidden),
    bias_ih: bias(gates(hidden)),
    bias_hh: bias(gates(hidden)),
  }),
  state: { h: "hidden", c: "hidden" },
  step: ({ x, p, h, c }) => {
    const a = linear(x, p.weight_ih, p.bias_ih);
    const u = linear(h, p.weight_hh, p.bias_hh);
    const i = sigmoid(a.i.add(u.i));
    const f = sigmoid(a.f.add(u.f));
    const g = candidate(tanh(a.g.add(u.g)));
    const o = sigmoid(a.o.add(u.o));
    const next = f.mul(c).add(i.mul(g));
    return { h: o.mul(tanh(next)), c: next };
  },
  output: ({ h }) => h,
});
