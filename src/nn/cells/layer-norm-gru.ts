/**
 * The gated recurrent unit with layer normalisation, as Haste has it: each product is normalised over its three gates
 * together, before the reset gate is applied.
 *
 *   a = LN(W_ih·x; γ_ih) + b_ih      u = LN(W_hh·h; γ_hh) + b_hh
 *   r = σ(a_r + u_r)   z = σ(a_z + u_z)   n = tanh(a_n + r⊙u_n)      h′ = (1 − z)⊙n + z⊙h
 *
 * Shapes: x [B, I], h [B, H]; weight_ih [3H, I], weight_hh [3H, H], gains and biases [3H]; blocks in the order r, z, n
 * (Haste: z, r, n). ε = 1e-5. Sources: Ba, Kiros & Hinton 2016; `haste_pytorch.LayerNormGRU`.
 */
import {
  bias,
  candidate,
  defineCell,
  eachGate,
  gain,
  inputWeight,
  layerNorm,
  linear,
  recurrentWeight,
  sigmoid,
  tanh,
} from "../../cell/index.js";

export const layerNormGru = defineCell({
  name: "layerNormGru",
  reference: "https://arxiv.org/abs/1607.06450",
  summary:
    "a = LN(W_ih·x; γ_ih) + b_ih; u = LN(W_hh·h; γ_hh) + b_hh; r = σ(a_r + u_r); z = σ(a_z + u_z); " +
    "n = tanh(a_n + r⊙u_n); h′ = (1 − z)⊙n + z⊙h",
  gates: ["r", "z", "n"],
  updateGate: { gate: "z", open: "keeps" },
  params: ({ input, hidden, gates }) => ({
    weight_ih: inputWeight(gates(hidden), input),
    weight_hh: recurrentWeight(gates(hidden), hidden),
    gain_ih: gain(gates(hidden)),
    gain_hh: gain(gates(hidden)),
    bias_ih: bias(gates(hidden)),
    bias_hh: bias(gates(hidden)),
  }),
  state: { h: "hidden" },
  step: ({ x, p, h }) => {
    const a = layerNorm(linear(x, p.weight_ih), { gain: p.gain_ih, bias: p.bias_ih });
    const u = layerNorm(linear(h, p.weight_hh), { gain: p.gain_hh, bias: p.bias_hh });
    const both = eachGate(a, (value, gate) => value.add(u[gate]));
    const z = sigmoid(both.z);
    const n = candidate(tanh(a.n.add(sigmoid(both.r).mul(u.n))));
    return { h: n.add(z.mul(h.sub(n))) };
  },
  output: ({ h }) => h,
});
