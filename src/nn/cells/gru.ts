/**
 * The gated recurrent unit with the reset gate applied *after* the recurrent product, as PyTorch, cuDNN and Keras 3 do:
 *
 *   r = σ(W_ir·x + b_ir + W_hr·h + b_hr)      z = σ(W_iz·x + b_iz + W_hz·h + b_hz)
 *   n = tanh(W_in·x + b_in + r⊙(W_hn·h + b_hn))
 *   h′ = n + z⊙(h − n) = (1 − z)⊙n + z⊙h
 *
 * Not interchangeable with `gruResetBefore`. Shapes: x [B, I], h [B, H]; weight_ih [3H, I], weight_hh [3H, H],
 * biases [3H]; blocks in the order r, z, n. Source: Cho et al. 2014; `torch.nn.GRU`.
 */
import { bias, candidate, defineCell, inputWeight, linear, recurrentWeight, sigmoid, tanh } from "../../cell/index.js";

export const gru = defineCell({
  name: "gru",
  reference: "https://arxiv.org/abs/1406.1078",
  summary: "r, z = σ(W_ih·x + b_ih + W_hh·h + b_hh); n = tanh(W_in·x + b_in + r⊙(W_hn·h + b_hn)); h′ = (1 − z)⊙n + z⊙h",
  gates: ["r", "z", "n"],
  updateGate: { gate: "z", open: "keeps" },
  params: ({ input, hidden, gates }) => ({
    weight_ih: inputWeight(gates(hidden), input),
    weight_hh: recurrentWeight(gates(hidden), hidden),
    bias_ih: bias(gates(hidden)),
    bias_hh: bias(gates(hidden)),
  }),
  state: { h: "hidden" },
  step: ({ x, p, h }) => {
    const a = linear(x, p.weight_ih, p.bias_ih);
    const u = linear(h, p.weight_hh, p.bias_hh);
    const r = sigmoid(a.r.add(u.r));
    const z = sigmoid(a.z.add(u.z));
    const n = candidate(tanh(a.n.add(r.mul(u.n))));
    return { h: n.add(z.mul(h.sub(n))) };
  },
  output: ({ h }) => h,
});
