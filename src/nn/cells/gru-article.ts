/**
 * The gated recurrent unit as its second article writes it: reset before the recurrent product, z lets the *new* in.
 *
 *   r = σ(W_r·x + U_r·h + b_r)   z = σ(W_z·x + U_z·h + b_z)   n = tanh(W_n·x + U_n·(r⊙h) + b_n)
 *   h′ = (1 − z)⊙h + z⊙n
 *
 * It is `gruResetBefore` with the rows of z negated and its two biases added up. Shapes: x [B, I], h [B, H]; weight_ih
 * [3H, I], weight_hh [3H, H], bias [3H]; blocks in the order r, z, n. Source: Chung, Gulcehre, Cho & Bengio 2014.
 */
import { bias, candidate, defineCell, inputWeight, linear, recurrentWeight, sigmoid, tanh } from "../../cell/index.js";

export const gruArticle = defineCell({
  name: "gruArticle",
  reference: "https://arxiv.org/abs/1412.3555",
  summary:
    "r = σ(W_r·x + U_r·h + b_r); z = σ(W_z·x + U_z·h + b_z); n = tanh(W_n·x + U_n·(r⊙h) + b_n); h′ = (1 − z)⊙h + z⊙n",
  gates: ["r", "z", "n"],
  updateGate: { gate: "z", open: "takes" },
  params: ({ input, hidden, gates }) => ({
    weight_ih: inputWeight(gates(hidden), input),
    weight_hh: recurrentWeight(gates(hidden), hidden),
    bias: bias(gates(hidden)),
  }),
  state: { h: "hidden" },
  step: ({ x, p, h }) => {
    const a = linear(x, p.weight_ih, p.bias);
    const u = linear(h, p.weight_hh.pick("r", "z"));
    const r = sigmoid(a.r.add(u.r));
    const z = sigmoid(a.z.add(u.z));
    const n = candidate(tanh(a.n.add(linear(r.mul(h), p.weight_hh.pick("n")).n)));
    return { h: h.add(z.mul(n.sub(h))) };
  },
  output: ({ h }) => h,
});
