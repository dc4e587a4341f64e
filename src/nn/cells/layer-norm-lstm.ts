/**
 * Long short-term memory with layer normalisation, in the four placements that are in use. They are different functions
 * and do not exchange weights; with W·x, U·h the products of the LSTM, all of them
 *
 *   i, f, o = σ(a_i), σ(a_f), σ(a_o)   g = tanh(a_g)   c̃ = f⊙c + i⊙g
 *
 * | cell | a | carried c′ | h′ | ε |
 * |---|---|---|---|---|
 * | `layerNormLstm` (the article, Haste) | LN(Wx; γ_ih) + LN(Uh; γ_hh) + b | c̃ | o⊙tanh(LN(c̃; γ_c, β_c)) | 1e-5 |
 * | `layerNormLstmFastrnns` (PyTorch's custom LSTM) | LN(Wx; γ_ih, β_ih) + LN(Uh; γ_hh, β_hh) | LN(c̃; γ_c, β_c) | o⊙tanh(c′) | 1e-5 |
 * | `layerNormLstmAddons` (TensorFlow Addons) | the same + b | LN(c̃; γ_c, β_c) | o⊙tanh(c′) | 1e-3 |
 * | `layerNormLstmPerGate` (TensorFlow 1) | LN(Wx + Uh; γ_ih, β_ih), each gate on its own | LN(c̃; γ_c, β_c) | o⊙tanh(c′) | 1e-12 |
 *
 * The first three normalise the four gates together, 4H units. The forget bias that TensorFlow 1 adds at run time belongs
 * into β_ih here. Shapes: weight_ih [4H, I], weight_hh [4H, H]; gains and biases of the gates [4H], of c [H]; blocks in
 * the order i, f, g, o. Source: Ba, Kiros & Hinton 2016, supplementary material.
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
  type CellDefinition,
  type Expression,
  type Gated,
} from "../../cell/index.js";

const GATES = ["i", "f", "g", "o"] as const;
type Gate = (typeof GATES)[number];
const REFERENCE = "https://arxiv.org/abs/1607.06450";

/** A β starts at 0 as its γ starts at 1; b is a bias as an LSTM's. */
const BETA = { start: 0 };

const GATED = "i, f, o = σ(a), g = tanh(a), its own rows each";

const add = (a: Gated<Gate>, b: Gated<Gate>): Gated<Gate> => eachGate(a, (value, gate) => value.add(b[gate]));

/** c̃ and o from the pre-activations. */
function gated(a: Gated<Gate>, c: Expression): { readonly next: Expression; readonly o: Expression } {
  const next = sigmoid(a.f)
    .mul(c)
    .add(sigmoid(a.i).mul(candidate(tanh(a.g))));
  return { next, o: sigmoid(a.o) };
}

/** The placement of the article and of Haste, `LAYER_NORM_LSTM.article`: products normalised one by one, c carried as it is. */
export const layerNormLstm: CellDefinition = defineCell({
  name: "layerNormLstm",
  reference: REFERENCE,
  summary: `LN as in the article and Haste (LAYER_NORM_LSTM.article); a = LN(W_ih·x; γ_ih) + LN(W_hh·h; γ_hh) + b; ${GATED}; c′ = f⊙c + i⊙g; h′ = o⊙tanh(LN(c′; γ_c, β_c))`,
  gates: GATES,
  forgetGate: "f",
  inputGate: "i",
  params: ({ input, hidden, gates }) => ({
    weight_ih: inputWeight(gates(hidden), input),
    weight_hh: recurrentWeight(gates(hidden), hidden),
    gain_ih: gain(gates(hidden)),
    gain_hh: gain(gates(hidden)),
    bias: bias(gates(hidden)),
    gain_c: gain(hidden),
    bias_c: bias(hidden, BETA),
  }),
  state: { h: "hidden", c: "hidden" },
  step: ({ x, p, h, c }) => {
    const a = layerNorm(linear(x, p.weight_ih), { gain: p.gain_ih });
    const u = layerNorm(linear(h, p.weight_hh), { gain: p.gain_hh });
    const { next, o } = gated(add(add(a, u), p.bias), c);
    return { h: o.mul(tanh(layerNorm(next, { gain: p.gain_c, bias: p.bias_c }))), c: next };
  },
  output: ({ h }) => h,
});

/** Normalised c carried; each product with a gain and a bias of its own. */
const normalisedCell = (
  name: string,
  placement: string,
  reference: string,
  eps: number,
  outerBias: boolean,
): CellDefinition =>
  defineCell({
    name,
    reference,
    summary:
      `LN as in ${placement}; a = LN(W_ih·x; γ_ih, β_ih) + LN(W_hh·h; γ_hh, β_hh)${outerBias ? " + b" : ""}, ε = ${eps}; ${GATED}; ` +
      "c′ = LN(f⊙c + i⊙g; γ_c, β_c); h′ = o⊙tanh(c′)",
    gates: GATES,
    forgetGate: "f",
    inputGate: "i",
    params: ({ input, hidden, gates }) => ({
      weight_ih: inputWeight(gates(hidden), input),
      weight_hh: recurrentWeight(gates(hidden), hidden),
      gain_ih: gain(gates(hidden)),
      bias_ih: bias(gates(hidden), BETA),
      gain_hh: gain(gates(hidden)),
      bias_hh: bias(gates(hidden), BETA),
      ...(outerBias ? { bias: bias(gates(hidden)) } : {}),
      gain_c: gain(hidden),
      bias_c: bias(hidden, BETA),
    }),
    state: { h: "hidden", c: "hidden" },
    step: ({ x, p, h, c }) => {
      const a = layerNorm(linear(x, p.weight_ih), { gain: p.gain_ih, bias: p.bias_ih, eps });
      const u = layerNorm(linear(h, p.weight_hh), { gain: p.gain_hh, bias: p.bias_hh, eps });
      const both = add(a, u);
      const { next, o } = gated(outerBias ? add(both, p.bias!) : both, c);
      const carried = layerNorm(next, { gain: p.gain_c, bias: p.bias_c, eps });
      return { h: o.mul(tanh(carried)), c: carried };
    },
    output: ({ h }) => h,
  });

/** The placement of PyTorch's custom LSTM, `LAYER_NORM_LSTM.fastrnns`. */
export const layerNormLstmFastrnns = normalisedCell(
  "layerNormLstmFastrnns",
  "PyTorch's custom LSTM (LAYER_NORM_LSTM.fastrnns)",
  "https://github.com/pytorch/pytorch/blob/main/benchmarks/fastrnns/custom_lstms.py",
  1e-5,
  false,
);

/** The placement of TensorFlow Addons, `LAYER_NORM_LSTM.addons`. */
export const layerNormLstmAddons = normalisedCell(
  "layerNormLstmAddons",
  "TensorFlow Addons (LAYER_NORM_LSTM.addons)",
  "https://www.tensorflow.org/addons/api_docs/python/tfa/rnn/LayerNormLSTMCell",
  1e-3,
  true,
);

/** The placement of TensorFlow 1, `LAYER_NORM_LSTM.perGate`: the sum of both products, normalised gate by gate. */
export const layerNormLstmPerGate: CellDefinition = defineCell({
  name: "layerNormLstmPerGate",
  summary: `LN as in TensorFlow 1 (LAYER_NORM_LSTM.perGate); a = LN(W_ih·x + W_hh·h; γ_ih, β_ih), each gate on its own; ${GATED}; c′ = LN(f⊙c + i⊙g; γ_c, β_c); h′ = o⊙tanh(c′)`,
  reference: "https://www.tensorflow.org/versions/r1.15/api_docs/python/tf/contrib/rnn/LayerNormBasicLSTMCell",
  gates: GATES,
  forgetGate: "f",
  inputGate: "i",
  params: ({ input, hidden, gates }) => ({
    weight_ih: inputWeight(gates(hidden), input),
    weight_hh: recurrentWeight(gates(hidden), hidden),
    gain_ih: gain(gates(hidden)),
    bias_ih: bias(gates(hidden), BETA),
    gain_c: gain(hidden),
    bias_c: bias(hidden, BETA),
  }),
  state: { h: "hidden", c: "hidden" },
  step: ({ x, p, h, c }) => {
    const eps = 1e-12;
    const sum = add(linear(x, p.weight_ih), linear(h, p.weight_hh));
    const a = eachGate(sum, (value, gate) => layerNorm(value, { gain: p.gain_ih[gate], bias: p.bias_ih[gate], eps }));
    const { next, o } = gated(a, c);
    const carried = layerNorm(next, { gain: p.gain_c, bias: p.bias_c, eps });
    return { h: o.mul(tanh(carried)), c: carried };
  },
  output: ({ h }) => h,
});

/** The documented placements by name: there is no default among them. */
export const LAYER_NORM_LSTM = {
  article: layerNormLstm,
  fastrnns: layerNormLstmFastrnns,
  addons: layerNormLstmAddons,
  perGate: layerNormLstmPerGate,
} as const;
