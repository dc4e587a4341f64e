/**
 * The multiplicative LSTM: the gates see a product of what x and h say, so each input has its own transition.
 *
 *   m = (W_mx·x)⊙(W_mh·h)
 *   i, f, o = σ(W_ih·x + W_mm·m + b)   g = tanh(the same, its own rows)
 *   c′ = f⊙c + i⊙g      h′ = o⊙tanh(c′)
 *
 * Shapes: x [B, I], h and c [B, H]; weight_mx [H, I], weight_mh [H, H], weight_ih [4H, I], weight_mm [4H, H], bias [4H];
 * blocks in the order i, f, g, o. Source: Krause, Lu, Murray & Renals 2016.
 */
import { bias, candidate, defineCell, inputWeight, linear, recurrentWeight, sigmoid, tanh } from "../../cell/index.js";

export const multiplicativeLstm = defineCell({
  name: "multiplicativeLstm",
  reference: "https://arxiv.org/abs/1609.07959",
  summary:
    "m = (W_mx·x)⊙(W_mh·h); i, f, o = σ(W_ih·x + W_mm·m + b); g = tanh(the same, its own rows); c′ = f⊙c + i⊙g; " +
    "h′ = o⊙tanh(c′)",
  gates: ["i", "f", "g", "o"],
  forgetGate: "f",
  inputGate: "i",
  params: ({ input, hidden, gates }) => ({
    weight_mx: inputWeight(hidden, input),
    weight_mh: recurrentWeight(hidden, hidden),
    weight_ih: inputWeight(gates(hidden), input),
    weight_mm: recurrentWeight(gates(hidden), hidden),
    bias: bias(gates(hidden)),
  }),
  state: { h: "hidden", c: "hidden" },
  step: ({ x, p, h, c }) => {
    const a = linear(x, p.weight_ih, p.bias);
    const m = linear(x, p.weight_mx).mul(linear(h, p.weight_mh));
    const u = linear(m, p.weight_mm);
    const i = sigmoid(a.i.add(u.i));
    const f = sigmoid(a.f.add(u.f));
    const g = candidate(tanh(a.g.add(u.g)));
    const o = sigmoid(a.o.add(u.o));
    const next = f.mul(c).add(i.mul(g));
    return { h: o.mul(tanh(next)), c: next };
  },
  output: ({ h }) => h,
});
