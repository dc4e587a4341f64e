/**
 * The LSTM with other functions and with limits, as other systems have them:
 *
 *   i = φ_i(κ(a_i))   f = φ_f(κ(a_f))   o = φ_o(κ(a_o))   g = φ_g(κ(a_g)),   a = W_ih·x + b_ih + W_hh·h + b_hh
 *   c′ = λ(f⊙c + i⊙g)      h′ = o⊙φ_c(c′)
 *
 * κ limits the pre-activations to ± `clipGates` (ONNX `clip`), λ the cell state to ± `clipCell` (TensorFlow `cell_clip`,
 * lamb): two different things, which share a name elsewhere. With `peepholes` a_i and a_f have p_i⊙c and p_f⊙c beside, a_o
 * p_o⊙c′, all of it within κ. With `inputForget` (ONNX `input_forget`) f = 1 − i, and there are no rows, no peephole and no φ of f.
 *
 * Shapes and names of parameters are those of `lstm`, with peepholes those of `peepholeLstm`, and with `inputForget` those of
 * `coupledLstm`: three blocks, i, g, o.
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
  peephole,
  recurrentWeight,
  relu,
  sigmoid,
  softplus,
  softsign,
  tanh,
  type Expression,
} from "../../cell/index.js";
import { expectRead, type FamilyOption, type OptionFamily, optionFamily } from "../cell-family.js";

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
  /** Whether the gates see the cell state, i and f the old one, o the new; default false. */
  readonly peepholes?: boolean;
  /** Whether f is 1 − i, without weights of its own; default false. */
  readonly inputForget?: boolean;
  /** Largest |pre-activation|, > 0; default: no limit. */
  readonly clipGates?: number;
  /** Largest |c|, > 0; default: no limit. */
  readonly clipCell?: number;
}

const DEFAULTS = { input: "sigmoid", forget: "sigmoid", output: "sigmoid", candidate: "tanh", cell: "tanh" } as const;

/** Options that choose a function each. */
export function activationChoices<N extends string>(
  defaults: Readonly<Record<N, Activation>>,
): Readonly<Record<N, FamilyOption>> {
  const values = Object.keys(ACTIVATIONS);
  const options = Object.entries<Activation>(defaults).map(([name, usual]) => [
    name,
    { kind: "choice", default: usual, values },
  ]);
  return Object.fromEntries(options) as Record<N, FamilyOption>;
}

type Gate = "i" | "f" | "g" | "o";
type Peepholes = Record<`peephole_${"i" | "f" | "o"}`, ReturnType<typeof peephole<never>>>;

const within = (x: Expression, limit: number | undefined): Expression =>
  limit === undefined ? x : clip(x, -limit, limit);

/**
 * The LSTM with these options; the same definition for the same options. Without any it computes what `lstm` does.
 *
 * Errors: `E_OPTION`, also for `forget` beside `inputForget`; `E_VALUE` for an unknown function, `E_NUMBER` for a limit that is not a
 * number > 0.
 *
 * @example
 * const keras2 = lstmWith({ input: "hardSigmoidKeras2", forget: "hardSigmoidKeras2", output: "hardSigmoidKeras2" });
 */
export const lstmWith: OptionFamily<LstmWithOptions> = optionFamily<LstmWithOptions>(
  "lstmWith",
  {
    ...activationChoices(DEFAULTS),
    peepholes: { kind: "switch" },
    inputForget: { kind: "switch" },
    clipGates: { kind: "limit" },
    clipCell: { kind: "limit" },
  },
  (options, name) => {
    const { input, forget, output, candidate: update, cell, clipGates, clipCell } = { ...DEFAULTS, ...options };
    const { peepholes = false, inputForget = false } = options;
    const read = !inputForget || options.forget === undefined;
    expectRead(read, "lstmWith", "forget", "inputForget", "f is 1 − i and has no function of its own");
    const gates: readonly Gate[] = inputForget ? ["i", "g", "o"] : ["i", "f", "g", "o"];
    const seeing = inputForget ? (["i", "o"] as const) : (["i", "f", "o"] as const);
    const seen = peepholes ? ` (${seeing.map((k) => `a_${k} + p_${k}⊙c${k === "o" ? "′" : ""}`).join(", ")})` : "";
    return defineCell({
      name,
      reference: "https://doi.org/10.1162/neco.1997.9.8.1735",
      summary:
        `a = W_ih·x + b_ih + W_hh·h + b_hh${seen}${clipGates === undefined ? "" : `, |a| ≤ ${clipGates}`}; i = ${input}(a); ` +
        `f = ${inputForget ? "1 − i" : `${forget}(a)`}; o = ${output}(a); g = ${update}(a), its own rows each; ` +
        `c′ = f⊙c + i⊙g${clipCell === undefined ? "" : `, |c′| ≤ ${clipCell}`}; h′ = o⊙${cell}(c′)`,
      gates,
      ...(inputForget
        ? { updateGate: { gate: "i", open: "takes" } as const }
        : ({ forgetGate: "f", inputGate: "i" } as const)),
      params: ({ input: x, hidden, gates: blocks }) => ({
        weight_ih: inputWeight(blocks(hidden), x),
        weight_hh: recurrentWeight(blocks(hidden), hidden),
        bias_ih: bias(blocks(hidden)),
        bias_hh: bias(blocks(hidden)),
        ...(Object.fromEntries(peepholes ? seeing.map((k) => [`peephole_${k}`, peephole(hidden)]) : []) as Peepholes),
      }),
      state: { h: "hidden", c: "hidden" },
      step: ({ x, p, h, c }) => {
        const a = linear(x, p.weight_ih, p.bias_ih);
        const u = linear(h, p.weight_hh, p.bias_hh);
        const sum = (k: Gate): Expression => a[k].add(u[k]);
        const beside = (k: "i" | "f" | "o", of: Expression): Expression =>
          within(peepholes ? sum(k).add(p[`peephole_${k}`].mul(of)) : sum(k), clipGates);
        const i = ACTIVATIONS[input](beside("i", c));
        const f = inputForget ? null : ACTIVATIONS[forget](beside("f", c));
        const g = candidate(ACTIVATIONS[update](within(sum("g"), clipGates)));
        const early = peepholes ? null : ACTIVATIONS[output](beside("o", c));
        const next = within(f === null ? c.add(i.mul(g.sub(c))) : f.mul(c).add(i.mul(g)), clipCell);
        const o = early ?? ACTIVATIONS[output](beside("o", next));
        return { h: o.mul(ACTIVATIONS[cell](next)), c: next };
      },
      output: ({ h }) => h,
    });
  },
);
