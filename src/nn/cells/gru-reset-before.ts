/**
 * The gated recurrent unit of the 2014 paper: the reset gate is applied *before* the recurrent product.
 *
 *   r = σ(W_ir·x + b_ir + W_hr·h + b_hr)      z = σ(W_iz·x + b_iz + W_hz·h + b_hz)
 *   n = tanh(W_in·x + b_in + W_hn·(r⊙h) + b_hn)
 *   h′ = n + z⊙(h − n) = (1 − z)⊙n + z⊙h
 *
 * The blend follows PyTorch; the paper's z is its complement (negate the z rows to convert). Parameters have the names,
 * shapes and r, z, n order of `gru`, but the two cells are different functions and do not exchange weights.
 * Source: Cho et al. 2014, eqs. 5–8.
 */
import { bias, candidate, defineCell, inputWeight, linear, recurrentWeight, sigmoid, tanh } from "../../cell/index.js";

export const gruResetBefore = defineCell({
  name: "gruResetBefore",
  reference: "https://arxiv.org/abs/1406.1078",
  summary: "r, z = σ(W_ih·x + b_ih + W_hh·h + b_hh); n = tanh(W_in·x + b_in + W_hn·(r⊙h) + b_hn); h′ = (1 − z)⊙n + z⊙h",
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
    const u = linear(h, p.weight_hh.pick("r", "z"), p.bias_hh);
    const r = sigmoid(a.r.add(u.r));
    const z = sigmoid(a.z.add(u.z));
    const v = linear(r.mul(h), p.weight_hh.pick("n"), p.bias_hh);
    const n = candidate(tanh(a.n.add(v.n)));
    return { h: n.add(z.mul(h.sub(n))) };
  },
  output: ({ h }) => h,
});
