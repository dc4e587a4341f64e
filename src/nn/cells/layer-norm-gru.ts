/**
 * The gated recurrent unit with layer normalisation, in four placements. They are different functions and do not exchange
 * weights. Two normalise the products one by one, a = LN(W_ih·x; γ_ih) + b_ih and u = LN(W_hh·h; γ_hh) + b_hh:
 *
 *   r = σ(a_r + u_r)   z = σ(a_z + u_z)   n = tanh(a_n + r⊙u_n)
 *
 * | cell | LN is over | h′ | ε |
 * |---|---|---|---|
 * | `layerNormGru` (Haste) | the three gates of a product together, 3H units | (1 − z)⊙n + z⊙h | 1e-5 |
 * | `layerNormGruArticle` (the article) | r and z of a product together, 2H units, and n by itself | (1 − z)⊙h + z⊙n | 1e-5 |
 *
 * and two the sum of both:
 *
 * | cell | a | n | h′ | ε |
 * |---|---|---|---|---|
 * | `layerNormGruDreamer` (DreamerV2) | LN(W_ih·x + W_hh·h + b; γ_ih, β_ih), 3H units | tanh(r⊙a_n) | (1 − z)⊙h + z⊙n | 1e-3 |
 * | `layerNormGruPerGate` (as TensorFlow 1 does its LSTM) | LN(W_ih·x + W_hh·h; γ_ih, β_ih), each gate on its own | tanh(a_n), with r⊙h for h | (1 − z)⊙n + z⊙h | 1e-3 |
 *
 * A GRU has no c, so PyTorch's custom LSTM and TensorFlow Addons, carried over, would be `layerNormGru` (Addons with ε = 1e-3).
 * The −1 that DreamerV2 adds to z at run time belongs into β_ih here. Of the article's, b_ih and b_hh are β_ih and β_hh too: a β starts
 * at 0, the two b of Haste as an LSTM's. β_ih is called bias_ih, β_hh bias_hh. Shapes: x [B, I], h [B, H]; weight_ih [3H, I],
 * weight_hh [3H, H], gains and biases [3H]; blocks in the order r, z, n (Haste: z, r, n; DreamerV2: r, n, z).
 * Sources: Ba, Kiros & Hinton 2016, supplementary material; `haste_pytorch.LayerNormGRU`; Hafner et al. 2021;
 * `tf.contrib.rnn.LayerNormBasicLSTMCell` on the GRU of Cho et al. 2014.
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
  type Expression,
  type Gated,
} from "../../cell/index.js";

/** Of a β: with γ at 1, a normalisation starts as nothing but that. */
const BETA = { start: 0 };

/** The placement of Haste, `LAYER_NORM_GRU.haste`: each product normalised over its three gates. The article's is `layerNormGruArticle`. */
export const layerNormGru = defineCell({
  name: "layerNormGru",
  reference: "https://github.com/lmnt-com/haste",
  summary:
    "LN as in Haste (LAYER_NORM_GRU.haste), each product over its three gates; a = LN(W_ih·x; γ_ih) + b_ih; u = LN(W_hh·h; γ_hh) + b_hh; r = σ(a_r + u_r); z = σ(a_z + u_z); " +
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

/** The article's placement, `LAYER_NORM_GRU.article`: the gates together, the candidate by itself; z takes the new when it is open. */
export const layerNormGruArticle = defineCell({
  name: "layerNormGruArticle",
  reference: "https://arxiv.org/abs/1607.06450",
  summary:
    "LN as in the article (LAYER_NORM_GRU.article); a = LN(W_ih·x; γ_ih, β_ih); u = LN(W_hh·h; γ_hh, β_hh), r and z together, n by itself; r = σ(a_r + u_r); z = σ(a_z + u_z); " +
    "n = tanh(a_n + r⊙u_n); h′ = (1 − z)⊙h + z⊙n",
  gates: ["r", "z", "n"],
  updateGate: { gate: "z", open: "takes" },
  params: ({ input, hidden, gates }) => ({
    weight_ih: inputWeight(gates(hidden), input),
    weight_hh: recurrentWeight(gates(hidden), hidden),
    gain_ih: gain(gates(hidden)),
    gain_hh: gain(gates(hidden)),
    bias_ih: bias(gates(hidden), BETA),
    bias_hh: bias(gates(hidden), BETA),
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

/** DreamerV2's placement, `LAYER_NORM_GRU.dreamer`: the sum of both products over all gates; the reset gate scales all of what n sees. */
export const layerNormGruDreamer = defineCell({
  name: "layerNormGruDreamer",
  reference: "https://arxiv.org/abs/2010.02193",
  summary:
    "LN as in DreamerV2 (LAYER_NORM_GRU.dreamer); a = LN(W_ih·x + W_hh·h + b; γ_ih, β_ih), ε = 0.001; r = σ(a_r); z = σ(a_z); n = tanh(r⊙a_n); h′ = (1 − z)⊙h + z⊙n",
  gates: ["r", "z", "n"],
  updateGate: { gate: "z", open: "takes" },
  params: ({ input, hidden, gates }) => ({
    weight_ih: inputWeight(gates(hidden), input),
    weight_hh: recurrentWeight(gates(hidden), hidden),
    bias: bias(gates(hidden)),
    gain_ih: gain(gates(hidden)),
    bias_ih: bias(gates(hidden), BETA),
  }),
  state: { h: "hidden" },
  step: ({ x, p, h }) => {
    const u = linear(h, p.weight_hh, p.bias);
    const sum = eachGate(linear(x, p.weight_ih), (value, gate) => value.add(u[gate]));
    const a = layerNorm(sum, { gain: p.gain_ih, bias: p.bias_ih, eps: 1e-3 });
    const n = candidate(tanh(sigmoid(a.r).mul(a.n)));
    return { h: h.add(sigmoid(a.z).mul(n.sub(h))) };
  },
  output: ({ h }) => h,
});

/**
 * TensorFlow 1's placement, `LAYER_NORM_GRU.perGate`, on the GRU whose reset comes first: each gate normalised by itself, after its products are added. No system has it
 * for a GRU, so ε is ours: its LSTM's 1e-12 makes a gate of two units a step function.
 */
export const layerNormGruPerGate = defineCell({
  name: "layerNormGruPerGate",
  reference: "https://www.tensorflow.org/versions/r1.15/api_docs/python/tf/contrib/rnn/LayerNormBasicLSTMCell",
  summary:
    "LN as in TensorFlow 1 (LAYER_NORM_GRU.perGate); a = LN(W_ih·x + W_hh·h; γ_ih, β_ih), each gate on its own, ε = 0.001, n with r⊙h for h; r = σ(a_r); z = σ(a_z); n = tanh(a_n); " +
    "h′ = (1 − z)⊙n + z⊙h",
  gates: ["r", "z", "n"],
  updateGate: { gate: "z", open: "keeps" },
  params: ({ input, hidden, gates }) => ({
    weight_ih: inputWeight(gates(hidden), input),
    weight_hh: recurrentWeight(gates(hidden), hidden),
    gain_ih: gain(gates(hidden)),
    bias_ih: bias(gates(hidden), BETA),
  }),
  state: { h: "hidden" },
  step: ({ x, p, h }) => {
    const a = linear(x, p.weight_ih);
    const normal = (gate: "r" | "z" | "n", u: Expression): Expression =>
      layerNorm(a[gate].add(u), { gain: p.gain_ih[gate], bias: p.bias_ih[gate], eps: 1e-3 });
    const u = linear(h, p.weight_hh.pick("r", "z"));
    const r = sigmoid(normal("r", u.r));
    const z = sigmoid(normal("z", u.z));
    const n = candidate(tanh(normal("n", linear(r.mul(h), p.weight_hh.pick("n")).n)));
    return { h: n.add(z.mul(h.sub(n))) };
  },
  output: ({ h }) => h,
});

/** The placements by name: there is no default among them. */
export const LAYER_NORM_GRU = {
  article: layerNormGruArticle,
  haste: layerNormGru,
  dreamer: layerNormGruDreamer,
  perGate: layerNormGruPerGate,
} as const;
