/**
 * The gated recurrent unit with layer normalisation, in the two placements that are documented for it. They are different
 * functions and do not exchange weights; with a = LN(W_ih·x; γ_ih) + b_ih and u = LN(W_hh·h; γ_hh) + b_hh both of them
 *
 *   r = σ(a_r + u_r)   z = σ(a_z + u_z)   n = tanh(a_n + r⊙u_n)
 *
 * | cell | LN is over | h′ |
 * |---|---|---|
 * | `layerNormGru` (Haste) | the three gates of a product together, 3H units | (1 − z)⊙n + z⊙h |
 * | `layerNormGruArticle` (the article) | r and z of a product together, 2H units, and n by itself | (1 − z)⊙h + z⊙n |
 *
 * Shapes: x [B, I], h [B, H]; weight_ih [3H, I], weight_hh [3H, H], gains and biases [3H]; blocks in the order r, z, n
 * (Haste: z, r, n). ε = 1e-5. Sources: Ba, Kiros & Hinton 2016, supplementary material; `haste_pytorch.LayerNormGRU`.
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
  type Gated,
} from "../../cell/index.js";

/** Haste: each product normalised over its three gates. */
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

/** Ba, Kiros & Hinton 2016: the gates together, the candidate by itself; z takes the new when it is open. */
export const layerNormGruArticle = defineCell({
  name: "layerNormGruArticle",
  reference: "https://arxiv.org/abs/1607.06450",
  summary:
    "a = LN(W_ih·x; γ_ih) + b_ih; u = LN(W_hh·h; γ_hh) + b_hh, r and z together, n by itself; r = σ(a_r + u_r); z = σ(a_z + u_z); " +
    "n = tanh(a_n + r⊙u_n); h′ = (1 − z)⊙h + z⊙n",
  gates: ["r", "z", "n"],
  updateGate: { gate: "z", open: "takes" },
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
    const a = articleNorm(linear(x, p.weight_ih), p.gain_ih, p.bias_ih);
    const u = articleNorm(linear(h, p.weight_hh), p.gain_hh, p.bias_hh);
    const z = sigmoid(a.z.add(u.z));
    const n = candidate(tanh(a.n.add(sigmoid(a.r.add(u.r)).mul(u.n))));
    return { h: h.add(z.mul(n.sub(h))) };
  },
  output: ({ h }) => h,
});

type Gates = Gated<"r" | "z" | "n">;

function articleNorm(value: Gates, gain: Gates, bias: Gates): Gates {
  const both = ({ r, z }: Gates): Gated<"r" | "z"> => ({ r, z });
  const { r, z } = layerNorm(both(value), { gain: both(gain), bias: both(bias) });
  return { r, z, n: layerNorm(value.n, { gain: gain.n, bias: bias.n }) };
}

/** The documented placements by name: there is no default among them. */
export const LAYER_NORM_GRU = { article: layerNormGruArticle, haste: layerNormGru } as const;
