// Cells against their equations written out by hand, number by number: nothing is shared with the language but the names.
import { describe, expect, it } from "vitest";
import type { CellDefinition } from "../../cell/index.js";
import { Rng } from "../../runtime/index.js";
import { noGrad, scope, Tensor } from "../../tensor/index.js";
import { Recurrent, type RecurrentOptions } from "../recurrent.js";
import { CELLS, gruResetBeforeWith, gruWith, lstmWith, mogrifierLstm } from "./index.js";

type Vec = readonly number[];
type Parameters = Readonly<Record<string, Vec>>;
type State = Readonly<Record<string, Vec>>;
/** One step of one sequence: parameters by name, x, state → output and next state. */
type Step = (p: Parameters, x: Vec, state: State) => { readonly output: Vec; readonly state: State };

const I = 3;
const H = 4;

const zip = (a: Vec, b: Vec, f: (a: number, b: number) => number): number[] => a.map((v, i) => f(v, b[i]));
const add = (...list: readonly Vec[]): Vec => list.reduce((a, b) => zip(a, b, (p, q) => p + q));
const mul = (...list: readonly Vec[]): Vec => list.reduce((a, b) => zip(a, b, (p, q) => p * q));
const sigma = (a: Vec): Vec => a.map((v) => 1 / (1 + Math.exp(-v)));
const th = (a: Vec): Vec => a.map(Math.tanh);
const times = (W: Vec, x: Vec): Vec =>
  Array.from({ length: W.length / x.length }, (_, j) => x.reduce((sum, v, k) => sum + W[j * x.length + k] * v, 0));
const part = (a: Vec, k: number, n = H): Vec => a.slice(k * n, (k + 1) * n);
const mean = (a: Vec): number => a.reduce((sum, v) => sum + v, 0) / a.length;
const norm = (a: Vec, eps: number): Vec => {
  const centre = mean(a);
  const root = Math.sqrt(mean(a.map((v) => (v - centre) ** 2)) + eps);
  return a.map((v) => (v - centre) / root);
};

/** An LSTM from its pre-activations; `carry` says what is carried on, `seen` what the output sees. */
const lstmStep = (a: Vec, c: Vec, carry = (v: Vec) => v, seen = (v: Vec) => v) => {
  const [i, f, g, o] = [sigma(part(a, 0)), sigma(part(a, 1)), th(part(a, 2)), sigma(part(a, 3))];
  const next = carry(add(mul(f, c), mul(i, g)));
  const h = mul(o, th(seen(next)));
  return { output: h, state: { h, c: next } };
};
const eachGateNorm = (a: Vec, eps: number): Vec => [0, 1, 2, 3].flatMap((k) => norm(part(a, k), eps));

const sub = (a: Vec, b: Vec): Vec => zip(a, b, (p, q) => p - q);
const one = (a: Vec): Vec => a.map((v) => 1 - v);
/** (1 − z)⊙a + z⊙b */
const blend = (z: Vec, a: Vec, b: Vec): Vec => add(mul(one(z), a), mul(z, b));
const positive = (a: Vec): Vec => a.map((v) => (v >= 0 ? v + 0.5 : 1 / (1 + Math.exp(-v))));
const only = (h: Vec) => ({ output: h, state: { h } });
/** The pre-activations of an LSTM. */
const gatesOf = (p: Parameters, x: Vec, h: Vec): Vec =>
  add(times(p.weight_ih, x), p.bias_ih, times(p.weight_hh, h), p.bias_hh);

const EQUATIONS: Readonly<Record<string, { readonly step: Step; readonly options?: Partial<RecurrentOptions> }>> = {
  layerNormLstm: {
    step: (p, x, { h, c }) => {
      const a = add(
        mul(norm(times(p.weight_ih, x), 1e-5), p.gain_ih),
        mul(norm(times(p.weight_hh, h), 1e-5), p.gain_hh),
        p.bias,
      );
      return lstmStep(a, c, undefined, (v) => add(mul(norm(v, 1e-5), p.gain_c), p.bias_c));
    },
  },
  layerNormLstmFastrnns: {
    step: (p, x, { h, c }) => {
      const a = add(
        add(mul(norm(times(p.weight_ih, x), 1e-5), p.gain_ih), p.bias_ih),
        add(mul(norm(times(p.weight_hh, h), 1e-5), p.gain_hh), p.bias_hh),
      );
      return lstmStep(a, c, (v) => add(mul(norm(v, 1e-5), p.gain_c), p.bias_c));
    },
  },
  layerNormLstmAddons: {
    step: (p, x, { h, c }) => {
      const a = add(
        add(mul(norm(times(p.weight_ih, x), 1e-3), p.gain_ih), p.bias_ih),
        add(mul(norm(times(p.weight_hh, h), 1e-3), p.gain_hh), p.bias_hh),
        p.bias,
      );
      return lstmStep(a, c, (v) => add(mul(norm(v, 1e-3), p.gain_c), p.bias_c));
    },
  },
  layerNormLstmPerGate: {
    step: (p, x, { h, c }) => {
      const sum = add(times(p.weight_ih, x), times(p.weight_hh, h));
      const a = add(mul(eachGateNorm(sum, 1e-12), p.gain_ih), p.bias_ih);
      return lstmStep(a, c, (v) => add(mul(norm(v, 1e-12), p.gain_c), p.bias_c));
    },
  },
  layerNormGruArticle: {
    step: (p, x, { h }) => {
      const apart = (v: Vec): Vec => [...norm(v.slice(0, 2 * H), 1e-5), ...norm(v.slice(2 * H), 1e-5)];
      const a = add(mul(apart(times(p.weight_ih, x)), p.gain_ih), p.bias_ih);
      const u = add(mul(apart(times(p.weight_hh, h)), p.gain_hh), p.bias_hh);
      const [r, z] = [0, 1].map((k) => sigma(add(part(a, k), part(u, k))));
      return only(blend(z, h, th(add(part(a, 2), mul(r, part(u, 2))))));
    },
  },
  layerNormGruDreamer: {
    step: (p, x, { h }) => {
      const sum = add(times(p.weight_ih, x), times(p.weight_hh, h), p.bias);
      const a = add(mul(norm(sum, 1e-3), p.gain_ih), p.bias_ih);
      const n = th(mul(sigma(part(a, 0)), part(a, 2)));
      return only(blend(sigma(part(a, 1)), h, n));
    },
  },
  layerNormGruPerGate: {
    step: (p, x, { h }) => {
      const gate = (k: number, old: Vec): Vec => {
        const sum = add(part(times(p.weight_ih, x), k), part(times(p.weight_hh, old), k));
        return add(mul(norm(sum, 1e-3), part(p.gain_ih, k)), part(p.bias_ih, k));
      };
      const n = th(gate(2, mul(sigma(gate(0, h)), h)));
      return only(blend(sigma(gate(1, h)), n, h));
    },
  },
  coupledLstm: {
    step: (p, x, { h, c }) => {
      const a = gatesOf(p, x, h);
      const i = sigma(part(a, 0));
      const next = add(mul(one(i), c), mul(i, th(part(a, 1))));
      const out = mul(sigma(part(a, 2)), th(next));
      return { output: out, state: { h: out, c: next } };
    },
  },
  coupledLstmForget: {
    step: (p, x, { h, c }) => {
      const a = gatesOf(p, x, h);
      const f = sigma(part(a, 0));
      const next = add(mul(f, c), mul(one(f), th(part(a, 1))));
      const out = mul(sigma(part(a, 2)), th(next));
      return { output: out, state: { h: out, c: next } };
    },
  },
  cappedLstm: {
    step: (p, x, { h, c }) => {
      const a = gatesOf(p, x, h);
      const f = sigma(part(a, 1));
      const i = zip(sigma(part(a, 0)), one(f), Math.min);
      const next = add(mul(f, c), mul(i, th(part(a, 2))));
      const out = mul(sigma(part(a, 3)), th(next));
      return { output: out, state: { h: out, c: next } };
    },
  },
  projectedLstm: {
    options: { outputSize: 2 },
    step: (p, x, { h, c }) => {
      const { output, state } = lstmStep(gatesOf(p, x, h), c);
      const projected = times(p.weight_hr, output);
      return { output: projected, state: { h: projected, c: state.c } };
    },
  },
  minimalGatedUnit: {
    step: (p, x, { h }) => {
      const a = add(times(p.weight_ih, x), p.bias);
      const f = sigma(add(part(a, 0), part(times(p.weight_hh, h), 0)));
      const n = th(add(part(a, 1), part(times(p.weight_hh, mul(f, h)), 1)));
      return only(blend(f, h, n));
    },
  },
  independentRnn: {
    step: (p, x, { h }) => only(add(times(p.weight_ih, x), mul(p.gain_h, h), p.bias).map((v) => Math.max(v, 0))),
  },
  modReluRnn: {
    step: (p, x, { h }) => {
      const z = add(times(p.weight_ih, x), times(p.weight_hh, h));
      return only(zip(z, p.bias, (v, b) => Math.sign(v) * Math.max(Math.abs(v) + b, 0)));
    },
  },
  unitaryRnn: {
    options: { outputSize: 2 },
    step: (p, x, { re, im }) => {
      // Complex numbers as one would write them: (P + iQ)·(re + i·im).
      const [P, Q] = [p.weight_hh.slice(0, H * H), p.weight_hh.slice(H * H)];
      const zRe = add(sub(times(P, re), times(Q, im)), part(times(p.weight_ih, x), 0));
      const zIm = add(add(times(P, im), times(Q, re)), part(times(p.weight_ih, x), 1));
      const length = zip(zRe, zIm, Math.hypot);
      const scale = zip(length, p.bias, (v, b) => Math.max(v + b, 0) / v);
      const next = { re: mul(scale, zRe), im: mul(scale, zIm) };
      const output = add(times(p.weight_ho, next.re), times(p.weight_ho_im, next.im), p.bias_ho);
      return { output, state: next };
    },
  },
  simpleRecurrentUnit: {
    step: (p, x, { c }) => {
      const a = times(p.weight_ih, x);
      const f = sigma(add(part(a, 1), mul(p.peephole_f, c), p.bias_f));
      const r = sigma(add(part(a, 2), mul(p.peephole_r, c), p.bias_r));
      const next = blend(f, part(a, 0), c);
      return { output: blend(r, part(a, 3), next), state: { c: next } };
    },
  },
  quasiRnn2: {
    step: (p, x, { c, delay1 }) => {
      const a = add(times(p.weight_ih_0, x), times(p.weight_ih_1, delay1), p.bias);
      const next = blend(sigma(part(a, 1)), th(part(a, 0)), c);
      return { output: mul(sigma(part(a, 2)), next), state: { c: next, delay1: x } };
    },
  },
  minGru: {
    step: (p, x, { h }) => {
      const a = add(times(p.weight_ih, x), p.bias);
      return only(blend(sigma(part(a, 0)), h, positive(part(a, 1))));
    },
  },
  minLstm: {
    step: (p, x, { h }) => {
      const a = add(times(p.weight_ih, x), p.bias);
      const [f, i] = [sigma(part(a, 0)), sigma(part(a, 1))];
      return only(zip(add(mul(f, h), mul(i, positive(part(a, 2)))), add(f, i), (v, total) => v / total));
    },
  },
  recurrentHighway3: {
    step: (p, x, { h }) => {
      let s = h;
      for (const l of [1, 2, 3]) {
        const u = add(times(p[`weight_hh_${l}`], s), p[`bias_${l}`]);
        const a = l === 1 ? add(u, times(p.weight_ih, x)) : u;
        s = blend(sigma(part(a, 1)), s, th(part(a, 0)));
      }
      return only(s);
    },
  },
  multiplicativeLstm: {
    step: (p, x, { h, c }) => {
      const m = mul(times(p.weight_mx, x), times(p.weight_mh, h));
      return lstmStep(add(times(p.weight_ih, x), times(p.weight_mm, m), p.bias), c);
    },
  },
  mogrifierLstm5: {
    step: (p, x, { h, c }) => {
      const twice = (a: Vec): Vec => sigma(a).map((v) => 2 * v);
      const x1 = mul(twice(times(p.weight_q1, h)), x);
      const h2 = mul(twice(times(p.weight_r2, x1)), h);
      const x3 = mul(twice(times(p.weight_q3, h2)), x1);
      const h4 = mul(twice(times(p.weight_r4, x3)), h2);
      const x5 = mul(twice(times(p.weight_q5, h4)), x3);
      return lstmStep(gatesOf(p, x5, h4), c);
    },
  },
  layerNormGru: {
    step: (p, x, { h }) => {
      const a = add(mul(norm(times(p.weight_ih, x), 1e-5), p.gain_ih), p.bias_ih);
      const u = add(mul(norm(times(p.weight_hh, h), 1e-5), p.gain_hh), p.bias_hh);
      const r = sigma(add(part(a, 0), part(u, 0)));
      const z = sigma(add(part(a, 1), part(u, 1)));
      return only(blend(z, th(add(part(a, 2), mul(r, part(u, 2)))), h));
    },
  },
  gruArticle: {
    step: (p, x, { h }) => {
      const a = add(times(p.weight_ih, x), p.bias);
      const u = times(p.weight_hh, h);
      const r = sigma(add(part(a, 0), part(u, 0)));
      const z = sigma(add(part(a, 1), part(u, 1)));
      const n = th(add(part(a, 2), part(times(p.weight_hh, mul(r, h)), 2)));
      return only(add(h, mul(z, sub(n, h))));
    },
  },
  peepholeLstm: {
    step: (p, x, { h, c }) => {
      const a = add(times(p.weight_ih, x), p.bias_ih, times(p.weight_hh, h), p.bias_hh);
      const i = sigma(add(part(a, 0), mul(p.peephole_i, c)));
      const f = sigma(add(part(a, 1), mul(p.peephole_f, c)));
      const next = add(mul(f, c), mul(i, th(part(a, 2))));
      const out = mul(sigma(add(part(a, 3), mul(p.peephole_o, next))), th(next));
      return { output: out, state: { h: out, c: next } };
    },
  },
};

// Held to PyTorch's numbers, or written out in their own tests.
const ELSEWHERE = ["batchNormLstm", "elman", "elmanRelu", "gru", "gruResetBefore", "jordan", "lstm"];

it("leaves no cell out", () => {
  expect([...Object.keys(EQUATIONS), ...ELSEWHERE].sort()).toEqual(Object.keys(CELLS).sort());
});

const limit = (a: Vec, most: number): Vec => a.map((v) => Math.max(-most, Math.min(most, v)));
const hard = (a: Vec, slope: number): Vec => a.map((v) => Math.max(0, Math.min(1, slope * v + 0.5)));

const VARIANTS: [CellDefinition, Step][] = [
  [lstmWith(), (p, x, { h, c }) => lstmStep(gatesOf(p, x, h), c)],
  [
    lstmWith({ clipGates: 0.7, clipCell: 0.5 }),
    (p, x, { h, c }) => lstmStep(limit(gatesOf(p, x, h), 0.7), c, (v) => limit(v, 0.5)),
  ],
  [
    lstmWith({
      input: "hardSigmoidKeras2",
      forget: "hardSigmoidKeras3",
      output: "identity",
      candidate: "relu",
      cell: "softsign",
    }),
    (p, x, { h, c }) => {
      const a = gatesOf(p, x, h);
      const g = part(a, 2).map((v) => Math.max(v, 0));
      const next = add(mul(hard(part(a, 1), 1 / 6), c), mul(hard(part(a, 0), 0.2), g));
      const out = mul(
        part(a, 3),
        next.map((v) => v / (1 + Math.abs(v))),
      );
      return { output: out, state: { h: out, c: next } };
    },
  ],
];

/** An LSTM that has peepholes and limits, and perhaps f = 1 − i: from the pre-activations of i, f (or none), g, o. */
const seeing =
  ([most, largest]: readonly [number, number], forget: ((v: Vec) => Vec) | null): Step =>
  (p, x, { h, c }) => {
    const a = gatesOf(p, x, h);
    const [f, g, o] = forget === null ? [0, 1, 2] : [1, 2, 3];
    const at = (k: number, weight: Vec, of: Vec): Vec => limit(add(part(a, k), mul(weight, of)), most);
    const i = sigma(at(0, p.peephole_i, c));
    const kept = forget === null ? one(i) : forget(at(f, p.peephole_f, c));
    const next = limit(add(mul(kept, c), mul(i, th(limit(part(a, g), most)))), largest);
    const out = mul(sigma(at(o, p.peephole_o, next)), th(next));
    return { output: out, state: { h: out, c: next } };
  };

VARIANTS.push(
  [lstmWith({ peepholes: true }), EQUATIONS.peepholeLstm.step],
  [lstmWith({ inputForget: true }), EQUATIONS.coupledLstm.step],
  [
    lstmWith({ peepholes: true, forget: "hardSigmoidKeras2", clipGates: 0.7, clipCell: 0.5 }),
    seeing([0.7, 0.5], (v) => hard(v, 0.2)),
  ],
  [lstmWith({ peepholes: true, inputForget: true, clipGates: 0.6 }), seeing([0.6, Infinity], null)],
  [
    mogrifierLstm(2, { rank: 2 }),
    (p, x, { h, c }) => {
      const twice = (up: Vec, down: Vec, v: Vec): Vec => sigma(times(up, times(down, v))).map((s) => 2 * s);
      const x1 = mul(twice(p.weight_q1_up, p.weight_q1_down, h), x);
      const h2 = mul(twice(p.weight_r2_up, p.weight_r2_down, x1), h);
      return lstmStep(gatesOf(p, x1, h2), c);
    },
  ],
);

/** A GRU: the sums a + u of r and z, that of n given r, and the three functions. */
const gruStep =
  (before: boolean, [reset, update, fresh]: readonly ((v: Vec) => Vec)[], most = Infinity): Step =>
  (p, x, { h }) => {
    const none = Array<number>(3 * H).fill(0);
    const a = add(times(p.weight_ih, x), p.bias_ih ?? none);
    const inner = p.bias_hn === undefined ? none : [...none.slice(H), ...p.bias_hn];
    const u = (v: Vec): Vec => add(times(p.weight_hh, v), p.bias_hh ?? inner);
    const r = reset(limit(add(part(a, 0), part(u(h), 0)), most));
    const z = update(limit(add(part(a, 1), part(u(h), 1)), most));
    const inside = before ? part(u(mul(r, h)), 2) : mul(r, part(u(h), 2));
    const n = fresh(limit(add(part(a, 2), inside), most));
    return only(add(n, mul(z, sub(h, n))));
  };
const rectified = (a: Vec): Vec => a.map((v) => Math.max(v, 0));
const keras2 = (a: Vec): Vec => hard(a, 0.2);

VARIANTS.push(
  ...(["input", "inputAndCandidate", "none"] as const).map((biases): [CellDefinition, Step] => [
    gruWith({ biases }),
    gruStep(false, [sigma, sigma, th]),
  ]),
  ...(["input", "none"] as const).map((biases): [CellDefinition, Step] => [
    gruResetBeforeWith({ biases }),
    gruStep(true, [sigma, sigma, th]),
  ]),
  [gruWith(), gruStep(false, [sigma, sigma, th])],
  [
    gruWith({ reset: "hardSigmoidKeras2", update: "tanh", candidate: "relu", clipGates: 0.7 }),
    gruStep(false, [keras2, th, rectified], 0.7),
  ],
  [gruResetBeforeWith(), gruStep(true, [sigma, sigma, th])],
  [
    gruResetBeforeWith({ reset: "tanh", update: "hardSigmoidKeras2", candidate: "identity", clipGates: 0.4 }),
    gruStep(true, [th, keras2, (v) => v], 0.4),
  ],
);

const NAMED = Object.entries(EQUATIONS).map(([name, { step, options }]) => ({
  cell: CELLS[name],
  name,
  step,
  options,
}));

describe.each([...NAMED, ...VARIANTS.map(([cell, step]) => ({ cell, name: cell.name, step, options: {} }))])(
  "$name",
  ({ cell, step, options }) => {
    it("is its equations, for five steps", () => {
      const rng = new Rng(7);
      const net = new Recurrent(cell, { inputSize: I, hiddenSize: H, dtype: "f64", ...options }, rng.split("net"));
      for (const parameter of net.parameters()) parameter.set(parameter.toArray().map(() => rng.normal()));
      const p = Object.fromEntries(Object.keys(cell.params).map((key, k) => [key, net.parameters()[k].toArray()]));
      const [{ dims }] = net.stack;
      const first = Object.fromEntries(
        cell.states.map(({ name: key, dim }) => [key, Array.from({ length: dims[dim] }, () => rng.normal())]),
      );
      const x = Array.from({ length: 5 }, () => Array.from({ length: I }, () => rng.normal()));
      let state: State = first;
      const expected: number[] = [];
      for (const row of x) {
        const next = step(p, row, state);
        expected.push(...next.output);
        state = next.state;
      }
      const got = scope(() =>
        noGrad(() => {
          const start = Object.fromEntries(
            Object.entries(first).map(([key, value]) => [key, Tensor.from(value, [1, value.length], { dtype: "f64" })]),
          );
          const run = net.forward(Tensor.from(x.flat(), [5, 1, I], { dtype: "f64" }), { state: [start] });
          const final = Object.fromEntries(Object.entries(run.state[0]).map(([key, value]) => [key, value.toArray()]));
          return { output: run.output.toArray(), final };
        }),
      );
      expect(got.output).toHaveLength(expected.length);
      got.output.forEach((value, i) => expect(value).toBeCloseTo(expected[i], 10));
      for (const [key, values] of Object.entries(state)) {
        got.final[key].forEach((value, i) => expect(value).toBeCloseTo(values[i], 10));
      }
    });
  },
);

it("a complex unit that is nothing stays nothing, and has gradients", () => {
  const net = new Recurrent(CELLS["unitaryRnn"], { inputSize: I, hiddenSize: H }, new Rng(1));
  scope(() => {
    const x = Tensor.from(new Float32Array(3 * I), [3, 1, I], { requiresGrad: true });
    const { output, state } = net.forward(x);
    output.sum().backward();
    expect([state[0]["re"], state[0]["im"]].flatMap((value) => value.toArray())).toEqual(Array(2 * H).fill(0));
    for (const leaf of [x, ...net.parameters()]) {
      expect(leaf.grad?.toArray().every(Number.isFinite) ?? true).toBe(true);
    }
  });
});
