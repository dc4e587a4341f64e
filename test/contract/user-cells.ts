/** Cells as a user would write them, from the public entry point alone: known ones, and shapes that strain a planner. */
import {
  abs,
  bias,
  defineCell,
  delay,
  exp,
  gain,
  inputWeight,
  layerNorm,
  linear,
  log,
  mean,
  outputWeight,
  peephole,
  recurrentVector,
  recurrentWeight,
  relu,
  rmsNorm,
  rowMax,
  sigmoid,
  size,
  softmax,
  sqrt,
  stopGradient,
  sum,
  tanh,
  where,
  type CellDefinition,
} from "hiddenstate/cell";

/** Gers & Schmidhuber 2000: gates see the cell; the output gate sees the new one. */
export const peepholeLstm = defineCell({
  name: "peepholeLstm",
  reference: "Gers, Schmidhuber 2000",
  gates: ["i", "f", "g", "o"],
  forgetGate: "f",
  params: ({ input, hidden, gates }) => ({
    W: inputWeight(gates(hidden), input),
    U: recurrentWeight(gates(hidden), hidden),
    b: bias(gates(hidden)),
    pi: peephole(hidden),
    pf: peephole(hidden),
    po: peephole(hidden),
  }),
  state: { h: "hidden", c: "hidden" },
  step: ({ x, p, h, c }) => {
    const a = linear(x, p.W, p.b);
    const u = linear(h, p.U);
    const i = sigmoid(a.i.add(u.i).add(c.mul(p.pi)));
    const f = sigmoid(a.f.add(u.f).add(c.mul(p.pf)));
    const next = f.mul(c).add(i.mul(tanh(a.g.add(u.g))));
    const o = sigmoid(a.o.add(u.o).add(next.mul(p.po)));
    return { h: o.mul(tanh(next)), c: next };
  },
  output: ({ h }) => h,
});

/** Zhou et al. 2016. */
export const minimalGatedUnit = defineCell({
  name: "minimalGatedUnit",
  reference: "https://arxiv.org/abs/1603.09420",
  gates: ["f", "n"],
  params: ({ input, hidden, gates }) => ({
    W: inputWeight(gates(hidden), input),
    U: recurrentWeight(gates(hidden), hidden),
    b: bias(gates(hidden)),
  }),
  state: { h: "hidden" },
  step: ({ x, p, h }) => {
    const a = linear(x, p.W, p.b);
    const f = sigmoid(a.f.add(linear(h, p.U.pick("f")).f));
    const n = tanh(a.n.add(linear(f.mul(h), p.U.pick("n")).n));
    return { h: h.add(f.mul(n.sub(h))) };
  },
  output: ({ h }) => h,
});

/** The LSTM with projection: two widths. */
export const projectedLstm = defineCell({
  name: "projectedLstm",
  reference: "https://arxiv.org/abs/1402.1128",
  gates: ["i", "f", "g", "o"],
  dims: { output: "hidden" },
  params: ({ input, hidden, output, gates }) => ({
    W: inputWeight(gates(hidden), input),
    U: recurrentWeight(gates(hidden), output),
    b: bias(gates(hidden)),
    P: outputWeight(output, hidden),
  }),
  state: { h: "output", c: "hidden" },
  step: ({ x, p, h, c }) => {
    const a = linear(x, p.W, p.b);
    const u = linear(h, p.U);
    const next = sigmoid(a.f.add(u.f))
      .mul(c)
      .add(sigmoid(a.i.add(u.i)).mul(tanh(a.g.add(u.g))));
    return { h: linear(sigmoid(a.o.add(u.o)).mul(tanh(next)), p.P), c: next };
  },
  output: ({ h }) => h,
});

/** x itself goes into the state, element by element. */
export const highway = defineCell({
  name: "highway",
  reference: "https://arxiv.org/abs/1505.00387",
  gates: ["t", "n"],
  params: ({ input, gates }) => ({
    W: inputWeight(gates(input), input),
    U: recurrentWeight(gates(input), input),
    b: bias(gates(input)),
    g: gain(input),
  }),
  state: { h: "input" },
  step: ({ x, p, h }) => {
    const a = linear(x, p.W, p.b);
    const u = linear(h, p.U);
    const t = sigmoid(a.t.add(u.t));
    return { h: t.mul(tanh(a.n.add(u.n))).add(t.neg().add(1).mul(x).mul(p.g)) };
  },
  output: ({ h }) => h,
});

/** The gradient of x is a running gradient and a product that can wait, added. */
export const leaky = defineCell({
  name: "leaky",
  reference: "made up",
  params: ({ input }) => ({ W: inputWeight(input, input), b: bias(input) }),
  state: { h: "input" },
  step: ({ x, p, h }) => ({
    h: h
      .mul(0.5)
      .add(x)
      .add(tanh(linear(x, p.W, p.b))),
  }),
  output: ({ h }) => h,
});

/** Two states that change places. */
export const swapped = defineCell({
  name: "swapped",
  reference: "made up",
  params: ({ input, hidden }) => ({
    W: inputWeight(hidden, input),
    U: recurrentWeight(hidden, hidden),
    b: bias(hidden),
  }),
  state: { a: "hidden", b: "hidden" },
  step: ({ x, p, a, b }) => ({ a: b, b: tanh(linear(x, p.W, p.b).add(linear(a, p.U))) }),
  output: ({ a, b }) => a.add(b),
});

/** Nothing but the exchange, and a state that never changes. */
export const shuffle = defineCell({
  name: "shuffle",
  reference: "made up",
  params: ({ input, hidden }) => ({ W: inputWeight(hidden, input) }),
  state: { a: "hidden", b: "hidden", c: "hidden", m: "hidden" },
  step: ({ x, p, a, b, c, m }) => ({ a: b, b: c, c: a.mul(m).add(linear(x, p.W)), m }),
  output: ({ a }) => a,
});

/** A state handed on while others change in later stages: its running gradient is read late. */
export const lateCarry = defineCell({
  name: "lateCarry",
  reference: "made up",
  params: ({ input, hidden }) => ({
    W: inputWeight(hidden, input),
    U1: recurrentWeight(hidden, hidden),
    U2: recurrentWeight(hidden, hidden),
    U3: recurrentWeight(hidden, hidden),
  }),
  state: { a: "hidden", b: "hidden", c: "hidden" },
  step: ({ x, p, a, b, c }) => {
    const u = tanh(linear(c, p.U1).add(linear(x, p.W)));
    const v = tanh(linear(u, p.U2));
    return { a: b, b: tanh(linear(a, p.U3)), c: v.add(u) };
  },
  output: ({ a, c }) => a.mul(c),
});

/** Everything that is not smooth, and the functions with a domain. */
export const kinked = defineCell({
  name: "kinked",
  reference: "made up",
  params: ({ input, hidden }) => ({
    W: inputWeight(hidden, input),
    U: recurrentWeight(hidden, hidden),
    b: bias(hidden),
    v: gain(hidden),
  }),
  state: { h: "hidden", s: "hidden" },
  step: ({ x, p, h, s }) => {
    const a = linear(x, p.W, p.b).add(linear(h, p.U));
    const open = a.greater(s.mul(0.1));
    const spread = sqrt(a.mul(a).add(1)).add(log(abs(s).add(1.5)));
    const y = where(open, tanh(a), exp(a.min(0.5).neg().max(-2)).div(spread));
    const held = where(s.greaterEqual(0.2), stopGradient(y.mul(s)), relu(y.sub(0.05)));
    return { h: tanh(y.mul(p.v).add(held)), s: y.max(s.mul(0.9)).mul(0.5) };
  },
  output: ({ h, s }) => h.sub(s),
});

/** A part that the state does not touch, three products deep, one of them without anything in between. */
export const deepInput = defineCell({
  name: "deepInput",
  reference: "made up",
  params: ({ input, hidden }) => ({
    W1: inputWeight(hidden, input),
    W2: inputWeight(hidden, hidden),
    W3: inputWeight(hidden, hidden),
    U: recurrentWeight(hidden, hidden),
    b: bias(hidden),
  }),
  state: { h: "hidden" },
  step: ({ x, p, h }) => {
    const one = tanh(linear(x, p.W1, p.b));
    const two = linear(one, p.W2);
    const three = sigmoid(linear(two, p.W3));
    return { h: tanh(linear(h, p.U).add(three).add(two.mul(one))) };
  },
  output: ({ h }) => h,
});

/** Products of products: low rank in the input and in the recurrence. */
export const lowRank = defineCell({
  name: "lowRank",
  reference: "made up",
  dims: { rank: "hidden" },
  params: ({ input, hidden, rank }) => ({
    A: inputWeight(rank, input),
    B: inputWeight(hidden, rank),
    C: recurrentWeight(rank, hidden),
    D: recurrentWeight(hidden, rank),
  }),
  state: { h: "hidden" },
  step: ({ x, p, h }) => ({ h: tanh(linear(linear(x, p.A), p.B).add(linear(linear(h, p.C), p.D))) }),
  output: ({ h }) => h,
});

/** No product of the state (IndRNN, Li et al. 2018). */
export const independent = defineCell({
  name: "independent",
  reference: "https://arxiv.org/abs/1803.04831",
  params: ({ input, hidden }) => ({ W: inputWeight(hidden, input), u: recurrentVector(hidden), b: bias(hidden) }),
  state: { h: "hidden" },
  step: ({ x, p, h }) => ({ h: relu(linear(x, p.W, p.b).add(h.mul(p.u))) }),
  output: ({ h }) => h,
});

/** States that are bare results of products, read again by the others. */
export const bareProducts = defineCell({
  name: "bareProducts",
  reference: "made up",
  params: ({ input, hidden }) => ({
    W: inputWeight(hidden, input),
    U: recurrentWeight(hidden, hidden),
    V: recurrentWeight(hidden, hidden),
  }),
  state: { a: "hidden", b: "hidden", c: "hidden" },
  step: ({ x, p, a, b, c }) => {
    const fromInput = linear(x, p.W);
    const fromState = linear(a, p.U);
    const again = linear(fromState, p.V);
    return { a: fromInput.mul(0.5).add(tanh(again)), b: fromState, c: c.mul(0.3).add(fromState.mul(fromInput)).add(b) };
  },
  output: ({ b, c }) => b.mul(c),
});

/** A state that is a bare hoisted product, read by the gradient of another state. */
export const bareInput = defineCell({
  name: "bareInput",
  reference: "made up",
  params: ({ input, hidden }) => ({ W: inputWeight(hidden, input), V: inputWeight(hidden, input), u: gain(hidden) }),
  state: { a: "hidden", b: "hidden" },
  step: ({ x, p, a, b }) => {
    const fromInput = linear(x, p.W);
    return { a: fromInput, b: tanh(b.mul(fromInput).add(a).add(linear(x, p.V)).mul(p.u)) };
  },
  output: ({ a, b }) => a.mul(b),
});

/** Numbers per row that outlive matrix products, become states, and are all that is left of x and h. */
export const rowNumbers = defineCell({
  name: "rowNumbers",
  reference: "made up",
  params: ({ input, hidden }) => ({
    U: recurrentWeight(hidden, hidden),
    V: recurrentWeight(hidden, input),
    g: gain(input),
  }),
  state: { h: "hidden", m: "hidden", k: "input" },
  step: ({ x, p, h, m, k }) => {
    const scale = mean(h.mul(h)).add(mean(x)).add(size(h).mul(0.01));
    const top = rowMax(x.mul(p.g));
    const u = tanh(linear(h, p.U).mul(scale).add(m));
    const v = tanh(linear(k.mul(top), p.V).add(u.mul(scale)));
    return { h: v, m: sum(u.mul(v)).mul(0.1).add(top), k: k.mul(0.5).add(mean(v)) };
  },
  output: ({ h, m }) => h.mul(softmax(m.mul(h))),
});

/** A normalised input in front of its product, and a joint norm of two gates whose parts are needed stages apart. */
export const normedInput = defineCell({
  name: "normedInput",
  reference: "made up",
  gates: ["r", "n"],
  params: ({ input, hidden, gates }) => ({
    W: inputWeight(gates(hidden), input),
    U: recurrentWeight(hidden, hidden),
    V: recurrentWeight(hidden, hidden),
    gx: gain(input),
    ga: gain(gates(hidden)),
  }),
  state: { h: "hidden" },
  step: ({ x, p, h }) => {
    const a = layerNorm(linear(layerNorm(x, { gain: p.gx, eps: 0.01 }), p.W), { gain: p.ga, eps: 0.01 });
    const r = sigmoid(rmsNorm(linear(h, p.U)).add(a.r));
    const n = tanh(linear(r.mul(h), p.V).add(a.n));
    return { h: h.mul(0.3).add(n) };
  },
  output: ({ h }) => layerNorm(h, { eps: 0.01 }),
});

/** More reductions of reductions than a stage has passes. */
export const manyMeans = defineCell({
  name: "manyMeans",
  reference: "made up",
  params: ({ input, hidden }) => ({ W: inputWeight(hidden, input), U: recurrentWeight(hidden, hidden) }),
  state: { h: "hidden" },
  step: ({ x, p, h }) => {
    const rounds = Array.from({ length: 20 }, (_, k) => 0.1 * k - 1);
    const inner = rounds.reduce((a, shift) => tanh(a.sub(mean(a.mul(a)).mul(0.5)).add(shift * 0.1)).add(a), h);
    return { h: tanh(linear(inner.mul(0.1), p.U).add(linear(x, p.W)).add(mean(inner).mul(0.1))) };
  },
  output: ({ h }) => h,
});

/** What x was and what came out, three steps and one step ago; x of one step ago is asked for twice. */
export const echoes = defineCell({
  name: "echoes",
  reference: "made up",
  params: ({ input, hidden }) => ({
    W: inputWeight(hidden, input),
    V: inputWeight(hidden, input),
    U: recurrentWeight(hidden, hidden),
  }),
  state: { h: "hidden" },
  step: ({ x, p, h }) => {
    const a = linear(x.mul(delay(x)), p.W).add(linear(delay(x, 3), p.V));
    const n = tanh(a.add(linear(h, p.U)));
    return { h: n.sub(delay(n.mul(a)).mul(0.5)), y: n.mul(delay(h)) };
  },
  output: ({ h, y }) => h.add(y),
});

/** One weight for two products. */
export const sharedWeight = defineCell({
  name: "sharedWeight",
  reference: "made up",
  params: ({ input }) => ({ W: recurrentWeight(input, input), b: bias(input) }),
  state: { h: "input" },
  step: ({ x, p, h }) => ({ h: tanh(linear(x, p.W, p.b).add(linear(h.mul(0.7), p.W))) }),
  output: ({ h }) => h,
});

/** Cheap values needed in several stages, forward and backward. */
export const spilling = defineCell({
  name: "spilling",
  reference: "made up",
  params: ({ input, hidden }) => ({
    W: inputWeight(hidden, input),
    U1: recurrentWeight(hidden, hidden),
    U2: recurrentWeight(hidden, hidden),
    U3: recurrentWeight(hidden, hidden),
  }),
  state: { h: "hidden" },
  step: ({ x, p, h }) => {
    const first = linear(h, p.U1).add(linear(x, p.W));
    const cheap = first.sub(h.mul(0.5)).max(-0.7);
    const second = tanh(linear(cheap.mul(h), p.U2).mul(cheap));
    const third = tanh(linear(second.add(cheap), p.U3).mul(cheap).add(second.mul(cheap)));
    return { h: tanh(third.mul(cheap)).add(second.mul(0.2)) };
  },
  output: ({ h }) => h,
});

/** x meets a state whose gradient is stopped, in front of a product: nothing in the loop waits for it. */
export const stoppedState = defineCell({
  name: "stoppedState",
  reference: "made up",
  params: ({ input }) => ({ W: inputWeight(input, input), V: inputWeight(input, input), b: bias(input) }),
  state: { h: "input" },
  step: ({ x, p, h }) => {
    const gate = stopGradient(sigmoid(linear(x, p.V)));
    const seen = x.mul(stopGradient(h)).add(x.mul(gate));
    return { h: tanh(linear(seen, p.W, p.b).add(h.mul(0.4))) };
  },
  output: ({ h }) => h,
});

/** Things declared and not used: x, a gate, a parameter, a state; and two states with one value. */
export const idle = defineCell({
  name: "idle",
  reference: "made up",
  gates: ["p", "q", "r"],
  params: ({ hidden, input, gates }) => ({
    U: recurrentWeight(gates(hidden), hidden),
    b: bias(gates(hidden)),
    W: inputWeight(hidden, input),
  }),
  state: { h: "hidden", c: "hidden", unused: "hidden", zero: "hidden" },
  step: ({ p, h, c }) => {
    const u = linear(h, p.U, p.b);
    const n = tanh(u.p.add(u.r).add(c.mul(0.2)));
    return { h: n, c: n, unused: n.mul(2), zero: n.mul(0) };
  },
  output: ({ h }) => h,
});

/** Inputs of both lifetimes, hoisted and not, multiplied by matrices and element by element, one of them a next state. */
export const besides = defineCell({
  name: "besides",
  reference: "none",
  gates: ["a", "b"],
  params: ({ input, hidden, gates }) => ({
    W: inputWeight(gates(hidden), input),
    U: recurrentWeight(gates(hidden), hidden),
    V: inputWeight(hidden, hidden),
    S: inputWeight(gates(hidden), hidden),
    b: bias(gates(hidden)),
  }),
  state: { h: "hidden", last: "hidden" },
  inputs: {
    now: { dim: "hidden", per: "step" },
    whole: { dim: "hidden", per: "sequence" },
    scale: { dim: "input", per: "sequence" },
    gate: { dim: "input", per: "step" },
  },
  step: ({ x, p, h, last, now, whole, scale, gate }) => {
    const a = linear(x.mul(scale).add(gate), p.W, p.b);
    const g = linear(gate, p.W.pick("b")).b;
    const u = linear(h.mul(whole), p.U);
    const s = linear(whole, p.S);
    const v = linear(now.mul(tanh(now)), p.V);
    const n = tanh(a.a.add(u.a).add(s.a).add(v));
    const f = sigmoid(a.b.add(u.b).add(s.b).add(g));
    return { h: n.add(f.mul(h.sub(n))).add(last.mul(0.1)), last: now.add(whole.mul(0.5)) };
  },
  output: ({ h }) => h,
});

/** An input of the whole sequence that only x and a matrix meet; a state that is an input. */
export const speaker = defineCell({
  name: "speaker",
  reference: "none",
  params: ({ input, hidden }) => ({
    W: inputWeight(hidden, input),
    U: recurrentWeight(hidden, hidden),
  }),
  state: { h: "hidden", who: "input" },
  inputs: { voice: { dim: "input", per: "sequence" }, unused: { dim: "hidden", per: "step" } },
  step: ({ x, p, h, who, voice }) => ({
    h: tanh(linear(x.mul(voice), p.W).add(linear(voice, p.W)).add(linear(h, p.U)).add(linear(who, p.W))),
    who: voice,
  }),
  output: ({ h }) => h,
});

export const USER_CELLS: readonly CellDefinition[] = [
  peepholeLstm,
  minimalGatedUnit,
  projectedLstm,
  highway,
  leaky,
  swapped,
  shuffle,
  lateCarry,
  kinked,
  deepInput,
  lowRank,
  independent,
  bareProducts,
  bareInput,
  sharedWeight,
  rowNumbers,
  normedInput,
  manyMeans,
  echoes,
  spilling,
  stoppedState,
  idle,
  besides,
  speaker,
];
