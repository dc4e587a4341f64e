/**
 * Long short-term memory with coupled input and forget gates (CIFG): what is forgotten makes room for what comes in.
 *
 *   `coupledLstm`        f = 1 − i: the input gate has weights (ONNX `input_forget`, Greff et al.)
 *   `coupledLstmForget`  i = 1 − f: the forget gate has weights
 *   `cappedLstm`         both have weights, and i is no larger than 1 − f (Melis et al.)
 *
 * All else is `lstm`: gates σ(W_ih·x + b_ih + W_hh·h + b_hh), g its tanh, c′ = f⊙c + i⊙g, h′ = o⊙tanh(c′). The first two
 * have three blocks of rows, i, g, o or f, g, o: weight_ih [3H, I], weight_hh [3H, H], biases [3H]; the third has four.
 * Sources: Greff et al. 2017, https://arxiv.org/abs/1503.04069; Melis, Blunsom & Dyer 2018, https://arxiv.org/abs/1707.05589.
 */
import { bias, candidate, defineCell, inputWeight, linear, recurrentWeight, sigmoid, tanh } from "../../cell/index.js";

const GATES = "σ(W_ih·x + b_ih + W_hh·h + b_hh); g = tanh(the same, its own rows); c′ = f⊙c + i⊙g; h′ = o⊙tanh(c′)";

export const coupledLstm = defineCell({
  name: "coupledLstm",
  reference: "https://arxiv.org/abs/1503.04069",
  summary: `f = 1 − i; i, o = ${GATES}`,
  gates: ["i", "g", "o"],
  updateGate: { gate: "i", open: "takes", tied: true },
  params: ({ input, hidden, gates }) => ({
    weight_ih: inputWeight(gates(hidden), input),
    weight_hh: recurrentWeight(gates(hidden), hidden),
    bias_ih: bias(gates(hidden)),
    bias_hh: bias(gates(hidden)),
  }),
  state: { h: "hidden", c: "hidden" },
  step: ({ x, p, h, c }) => {
    const a = linear(x, p.weight_ih, p.bias_ih);
    const u = linear(h, p.weight_hh, p.bias_hh);
    const i = sigmoid(a.i.add(u.i));
    const next = c.add(i.mul(candidate(tanh(a.g.add(u.g))).sub(c)));
    return { h: sigmoid(a.o.add(u.o)).mul(tanh(next)), c: next };
  },
  output: ({ h }) => h,
});

export const coupledLstmForget = defineCell({
  name: "coupledLstmForget",
  reference: "https://arxiv.org/abs/1707.05589",
  summary: `i = 1 − f; f, o = ${GATES}`,
  gates: ["f", "g", "o"],
  forgetGate: "f",
  params: ({ input, hidden, gates }) => ({
    weight_ih: inputWeight(gates(hidden), input),
    weight_hh: recurrentWeight(gates(hidden), hidden),
    bias_ih: bias(gates(hidden)),
    bias_hh: bias(gates(hidden)),
  }),
  state: { h: "hidden", c: "hidden" },
  step: ({ x, p, h, c }) => {
    const a = linear(x, p.weight_ih, p.bias_ih);
    const u = linear(h, p.weight_hh, p.bias_hh);
    const f = sigmoid(a.f.add(u.f));
    const g = candidate(tanh(a.g.add(u.g)));
    const next = g.add(f.mul(c.sub(g)));
    return { h: sigmoid(a.o.add(u.o)).mul(tanh(next)), c: next };
  },
  output: ({ h }) => h,
});

export const cappedLstm = defineCell({
  name: "cappedLstm",
  reference: "https://arxiv.org/abs/1707.05589",
  summary: `i = min(i, 1 − f); i, f, o = ${GATES}`,
  gates: ["i", "f", "g", "o"],
  forgetGate: "f",
  inputGate: "i",
  params: ({ input, hidden, gates }) => ({
    weight_ih: inputWeight(gates(hidden), input),
    weight_hh: recurrentWeight(gates(hidden), hidden),
    bias_ih: bias(gates(hidden)),
    bias_hh: bias(gates(hidden)),
  }),
  state: { h: "hidden", c: "hidden" },
  step: ({ x, p, h, c }) => {
    const a = linear(x, p.weight_ih, p.bias_ih);
    const u = linear(h, p.weight_hh, p.bias_hh);
    const f = sigmoid(a.f.add(u.f));
    const i = sigmoid(a.i.add(u.i)).min(f.neg().add(1));
    const next = f.mul(c).add(i.mul(candidate(tanh(a.g.add(u.g)))));
    return { h: sigmoid(a.o.add(u.o)).mul(tanh(next)), c: next };
  },
  output: ({ h }) => h,
});
