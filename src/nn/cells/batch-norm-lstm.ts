/**
 * Long short-term memory with batch normalisation inside the recurrence:
 *
 *   a = BN(W_ih·x; γ_ih) + BN(W_hh·h; γ_hh) + b      i, f, o = σ(a_i), σ(a_f), σ(a_o)   g = tanh(a_g)
 *   c′ = f⊙c + i⊙g      h′ = o⊙tanh(BN(c′; γ_c, β_c))
 *
 * BN(v) = γ⊙(v − μ)/√(σ² + ε) (+ β) with μ, σ² of each unit over the rows of *this step* that are still running, biased;
 * ε = 1e-5. Row s of a step is the s-th step of its own sequence, masked steps left out; the reverse direction counts from
 * the end. Every γ starts at 0.1, as in the article, and β_c at 0; b is a bias as an LSTM's.
 *
 * The network itself always uses the statistics of the batch that it is given, without gradients too: numbers depend on which
 * rows run together, and of a row that runs alone BN is β. To evaluate with the averages of training batches, a pair for
 * each step up to T_max as in the article, gather them in `PopulationStatistics`, and run that.
 *
 * Shapes: x [B, I], h, c [B, H]; weight_ih [4H, I], weight_hh [4H, H]; gain_ih, gain_hh, bias [4H]; gain_c, bias_c [H];
 * blocks in the order i, f, g, o. Source: Cooijmans, Ballas, Laurent, Gülçehre & Courville 2016.
 */
import {
  bias,
  candidate,
  columnNorm,
  defineCell,
  gain,
  inputWeight,
  linear,
  recurrentWeight,
  sigmoid,
  tanh,
} from "../../cell/index.js";

/** Of γ: at 1, what tanh sees has variance 1, where its slope is far enough below 1 for gradients to vanish. */
const START = { start: 0.1 };

export const batchNormLstm = defineCell({
  name: "batchNormLstm",
  reference: "https://arxiv.org/abs/1603.09025",
  summary:
    "a = BN(W_ih·x; γ_ih) + BN(W_hh·h; γ_hh) + b; i, f, o = σ(a), g = tanh(a), its own rows each; c′ = f⊙c + i⊙g; " +
    "h′ = o⊙tanh(BN(c′; γ_c, β_c)); BN over the rows of the step",
  gates: ["i", "f", "g", "o"],
  forgetGate: "f",
  inputGate: "i",
  params: ({ input, hidden, gates }) => ({
    weight_ih: inputWeight(gates(hidden), input),
    weight_hh: recurrentWeight(gates(hidden), hidden),
    gain_ih: gain(gates(hidden), START),
    gain_hh: gain(gates(hidden), START),
    bias: bias(gates(hidden)),
    gain_c: gain(hidden, START),
    bias_c: bias(hidden, { start: 0 }),
  }),
  state: { h: "hidden", c: "hidden" },
  step: ({ x, p, h, c }) => {
    const a = columnNorm(linear(x, p.weight_ih), { gain: p.gain_ih, bias: p.bias });
    const u = columnNorm(linear(h, p.weight_hh), { gain: p.gain_hh });
    const i = sigmoid(a.i.add(u.i));
    const f = sigmoid(a.f.add(u.f));
    const g = candidate(tanh(a.g.add(u.g)));
    const o = sigmoid(a.o.add(u.o));
    const next = f.mul(c).add(i.mul(g));
    return { h: o.mul(tanh(columnNorm(next, { gain: p.gain_c, bias: p.bias_c }))), c: next };
  },
  output: ({ h }) => h,
});
