/**
 * Long short-term memory whose h is a projection of what the LSTM would give (`torch.nn.LSTM` with `proj_size`):
 *
 *   i, f, o = σ(W_ih·x + b_ih + W_hh·h + b_hh)   g = tanh(the same, its own rows)
 *   c′ = f⊙c + i⊙g      h′ = W_hr·(o⊙tanh(c′))
 *
 * Shapes: x [B, I], h [B, O], c [B, H]; weight_ih [4H, I], weight_hh [4H, O], biases [4H], weight_hr [O, H]. O is
 * `outputSize` (PyTorch's `proj_size`), H unless told otherwise. Source: Sak, Senior & Beaufays 2014.
 */
import {
  bias,
  candidate,
  defineCell,
  inputWeight,
  linear,
  outputWeight,
  recurrentWeight,
  sigmoid,
  tanh,
} from "../../cell/index.js";

export const projectedLstm = defineCell({
  name: "projectedLstm",
  reference: "https://arxiv.org/abs/1402.1128",
  summary:
    "i, f, o = σ(W_ih·x + b_ih + W_hh·h + b_hh); g = tanh(the same, its own rows); c′ = f⊙c + i⊙g; " +
    "h′ = W_hr·(o⊙tanh(c′))",
  gates: ["i", "f", "g", "o"],
  forgetGate: "f",
  inputGate: "i",
  dims: { output: "hidden" },
  params: ({ input, hidden, output, gates }) => ({
    weight_ih: inputWeight(gates(hidden), input),
    weight_hh: recurrentWeight(gates(hidden), output),
    bias_ih: bias(gates(hidden)),
    bias_hh: bias(gates(hidden)),
    weight_hr: outputWeight(output, hidden),
  }),
  state: { h: "output", c: "hidden" },
  step: ({ x, p, h, c }) => {
    const a = linear(x, p.weight_ih, p.bias_ih);
    const u = linear(h, p.weight_hh, p.bias_hh);
    const i = sigmoid(a.i.add(u.i));
    const f = sigmoid(a.f.add(u.f));
    const g = candidate(tanh(a.g.add(u.g)));
    const o = sigmoid(a.o.add(u.o));
    const next = f.mul(c).add(i.mul(g));
    return { h: linear(o.mul(tanh(next)), p.weight_hr), c: next };
  },
  output: ({ h }) => h,
});
