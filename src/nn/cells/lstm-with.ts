/**
 * The LSTM with other functions and with limits, as other systems have them:
 *
 *   i = φ_i(κ(a_i))   f = φ_f(κ(a_f))   o = φ_o(κ(a_o))   g = φ_g(κ(a_g)),   a = W_ih·x + b_ih + W_hh·h + b_hh
 *   c′ = λ(f⊙c + i⊙g)      h′ = o⊙φ_c(c′)
 *
 * κ limits the pre-activations to ± `clipGates` (ONNX `clip`), λ the cell state to ± `clipCell` (TensorFlow `cell_clip`,
 * lamb): two different things, which share a name elsewhere. Shapes and names of parameters are those of `lstm`.
 */
import {
  bias,
  candidate,
  clip,
  defineCell,
  hardSigmoid,
  hardTanh,
  inputWeight,
  linear,
  recurrentWeight,
  relu,
  sigmoid,
  softplus,
  softsign,
  tanh,
  type Expression,
} from "../../cell/index.js";
import { type OptionFamily, optionFamily } from "../cell-family.js";

/** The functions that a gate may have, by name. */
export const ACTIVATIONS = {
  sigmoid,
  tanh,
  relu,
  softplus,
  softsign,
  hardTanh,
  hardSigmoidKeras3: (x: Expression) => hardSigmoid(x, "keras3"),
  hardSigmoidKeras2: (x: Expression) => hardSigmoid(x, "keras2"),
  hardSigmoidOnnx: (x: Expression) => hardSigmoid(x, "onnx"),
  identity: (x: Expression) => x,
} as const;

export type Activation = keyof typeof ACTIVATIONS;

export interface LstmWithOptions {
  /** φ_i, default "sigmoid". */
  readonly input?: Activation;
  /** φ_f, default "sigmoid". */
  readonly forget?: Activation;
  /** φ_o, default "sigmoid". */
  readonly output?: Activation;
  /** φ_g, default "tanh". */
  readonly candidate?: Activation;
  /** φ_c, default "tanh". */
  readonly cell?: Activation;
  /** Largest |pre-activation|, > 0; default: no limit. */
  readonly clipGates?: number;
  /** Largest |c|, > 0; default: no limit. */
  readonly clipCell?: number;
}

const DEFAULTS = { input: "sigmoid", forget: "sigmoid", output: "sigmoid", candidate: "tanh", cell: "tanh" } as const;

const within = (x: Expression, limit: number | undefined): Expression =>
  limit === undefined ? x : clip(x, -limit, limit);

/**
 * The LSTM with these options; the same definition for the same options. Without any it computes what `lstm` does.
 *
 * Errors: `E_OPTION`, `E_VALUE` for an unknown function, `E_NUMBER` for a limit that is not a number > 0.
 *
 * @example
 * const keras2 = lstmWith({ input: "hardSigmoidKeras2", forget: "hardSigmoidKeras2", output: "hardSigmoidKeras2" });
 */
export const lstmWith: OptionFamily<LstmWithOptions> = optionFamily<LstmWithOptions>(
  "lstmWith",
  { choices: DEFAULTS, values: Object.keys(ACTIVATIONS), limits: ["clipGates", "clipCell"] },
  (options, name) => {
    const { input, forget, output, candidate: update, cell, clipGates, clipCell } = { ...DEFAULTS, ...options };
    return defineCell({
      name,
      reference: "https://doi.org/10.1162/neco.1997.9.8.1735",
      summary:
        `a = W_ih·x + b_ih + W_hh·h + b_hh${clipGates === undefined ? "" : `, |a| ≤ ${clipGates}`}; i = ${input}(a); ` +
        `f = ${forget}(a); o = ${output}(a); g = ${update}(a), its own rows each; ` +
        `c′ = f⊙c + i⊙g${clipCell === undefined ? "" : `, |c′| ≤ ${clipCell}`}; h′ = o⊙${cell}(c′)`,
      gates: ["i", "f", "g", "o"],
      forgetGate: "f",
      inputGate: "i",
      params: ({ input: x, hidden, gates }) => ({
        weight_ih: inputWeight(gates(hidden), x),
        weight_hh: recurrentWeight(gates(hidden), hidden),
        bias_ih: bias(gates(hidden)),
        bias_hh: bias(gates(hidden)),
      }),
      state: { h: "hidden", c: "hidden" },
      step: ({ x, p, h, c }) => {
        const a = linear(x, p.weight_ih, p.bias_ih);
        const u = linear(h, p.weight_hh, p.bias_hh);
        const i = ACTIVATIONS[input](within(a.i.add(u.i), clipGates));
        const f = ACTIVATIONS[forget](within(a.f.add(u.f), clipGates));
        const g = candidate(ACTIVATIONS[update](within(a.g.add(u.g), clipGates)));
        const o = ACTIVATIONS[output](within(a.o.add(u.o), clipGates));
        const next = within(f.mul(c).add(i.mul(g)), clipCell);
        return { h: o.mul(ACTIVATIONS[cell](next)), c: next };
      },
      output: ({ h }) => h,
    });
  },
);
