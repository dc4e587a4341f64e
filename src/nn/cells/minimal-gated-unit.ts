/**
 * The minimal gated unit: one gate that both forgets and resets.
 *
 *   f = σ(W_if·x + W_hf·h + b_f)      n = tanh(W_in·x + W_hn·(f⊙h) + b_n)
 *   h′ = h + f⊙(n − h)
 *
 * Shapes: x [B, I], h [B, H]; weight_ih [2H, I], weight_hh [2H, H], bias [2H]; blocks in the order f, n.
 * Source: Zhou, Wu, Zhang & Zhou 2016.
 */
import { bias, candidate, defineCell, inputWeight, linear, recurrentWeight, sigmoid, tanh } from "../../cell/index.js";

export const minimalGatedUnit = defineCell({
  name: "minimalGatedUnit",
  reference: "https://arxiv.org/abs/1603.09420",
  summary: "f = σ(W_if·x + W_hf·h + b_f); n = tanh(W_in·x + W_hn·(f⊙h) + b_n); h′ = (1 − f)⊙h + f⊙n",
  gates: ["f", "n"],
  updateGate: { gate: "f", open: "takes" },
  params: ({ input, hidden, gates }) => ({
    weight_ih: inputWeight(gates(hidden), input),
    weight_hh: recurrentWeight(gates(hidden), hidden),
    bias: bias(gates(hidden)),
  }),
  state: { h: "hidden" },
  step: ({ x, p, h }) => {
    const a = linear(x, p.weight_ih, p.bias);
    const f = sigmoid(a.f.add(linear(h, p.weight_hh.pick("f")).f));
    const n = candidate(tanh(a.n.add(linear(f.mul(h), p.weight_hh.pick("n")).n)));
    return { h: h.add(f.mul(n.sub(h))) };
  },
  output: ({ h }) => h,
});
