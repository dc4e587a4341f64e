/**
 * The GRU with other functions and with a limit, as other systems have them:
 *
 *   r = φ_r(κ(a_r + u_r))   z = φ_z(κ(a_z + u_z)),   a = W_ih·x + b_ih,   u = W_hh·h + b_hh
 *   n = φ_n(κ(a_n + r⊙u_n))                       reset "after": PyTorch, cuDNN, ONNX with linear_before_reset = 1
 *   n = φ_n(κ(a_n + W_hn·(r⊙h) + b_hn))           reset "before": Cho et al., ONNX otherwise
 *   h′ = n + z⊙(h − n) = (1 − z)⊙n + z⊙h
 *
 * κ limits the pre-activations to ± `clipGates` (ONNX `clip`). Shapes and names of parameters are those of `gru` and
 * `gruResetBefore`; the two placements do not exchange weights. Which biases there are decides what a system trains:
 *
 * | system | cell |
 * |---|---|
 * | PyTorch, cuDNN, Haste; Keras 3 (`reset_after`); ONNX, `linear_before_reset` = 1 | `gruWith()`, which is `gru` |
 * | the same without biases (`bias=False`, `use_bias=False`) | `gruWith({ biases: "none" })` |
 * | Flax nnx: b_ih | `gruWith({ biases: "input" })` |
 * | Equinox: b_ih and a recurrent bias of the candidate | `gruWith({ biases: "inputAndCandidate" })` |
 * | ONNX otherwise; char-rnn, two biases | `gruResetBeforeWith()`, which is `gruResetBefore` |
 * | Keras with `reset_after=False`, TensorFlow.js, brain.js: b_ih | `gruResetBeforeWith({ biases: "input" })` |
 * | the article, one bias | `gruArticle` |
 *
 * Blocks lie in the order r, z, n: those of Keras, Haste and ONNX, in the order z, r, n, are moved as blocks. Where z lets the new in
 * (the article, char-rnn), the rows of z, biases too, are negated. Keras has h′ = z⊙h + (1 − z)⊙n, which is the blend above; its
 * bias [2, 3H] is b_ih over b_hh.
 */
import {
  bias,
  candidate,
  clip,
  defineCell,
  inputWeight,
  linear,
  recurrentWeight,
  type Expression,
} from "../../cell/index.js";
import { type OptionFamily, optionFamily } from "../cell-family.js";
import { ACTIVATIONS, type Activation, activationChoices } from "./lstm-with.js";

/** Where a GRU of reset "after" has biases. */
export type GruBiases = GruBeforeBiases | "inputAndCandidate";

/** Where one of reset "before" has them. */
export type GruBeforeBiases = "both" | "input" | "none";

export interface GruWithOptions<B extends GruBiases = GruBiases> {
  /** φ_r, default "sigmoid". */
  readonly reset?: Activation;
  /** φ_z, default "sigmoid". */
  readonly update?: Activation;
  /** φ_n, default "tanh". */
  readonly candidate?: Activation;
  /**
   * Which biases there are, default "both": bias_ih and bias_hh [3H]. "input": bias_ih; "inputAndCandidate": bias_ih, and bias_hn [H]
   * in place of bias_hh, inside the reset; "none".
   */
  readonly biases?: B;
  /** Largest |pre-activation|, > 0; default: no limit. */
  readonly clipGates?: number;
}

const DEFAULTS = { reset: "sigmoid", update: "sigmoid", candidate: "tanh" } as const;

/** By the choice of biases: what is added to the products of x and of h, and to that of h in the candidate alone. */
const BIASES: Readonly<Record<GruBiases, { readonly ih: boolean; readonly hh: boolean; readonly hn: boolean }>> = {
  both: { ih: true, hh: true, hn: false },
  input: { ih: true, hh: false, hn: false },
  inputAndCandidate: { ih: true, hh: false, hn: true },
  none: { ih: false, hh: false, hn: false },
};

const family = <B extends GruBiases>(
  name: string,
  placement: "after" | "before",
  biases: readonly B[],
): OptionFamily<GruWithOptions<B>> =>
  optionFamily<GruWithOptions<B>>(
    name,
    {
      ...activationChoices(DEFAULTS),
      biases: { kind: "choice", default: "both", values: biases },
      clipGates: { kind: "limit" },
    },
    (options, own) => {
      const { reset, update, candidate: fresh, clipGates } = { ...DEFAULTS, ...options };
      const has = BIASES[options.biases ?? "both"];
      const kappa = (a: Expression): Expression => (clipGates === undefined ? a : clip(a, -clipGates, clipGates));
      const limit = clipGates === undefined ? "" : `, |pre-activation| ≤ ${clipGates}`;
      const words = (there: boolean, word: string): string => (there ? ` + ${word}` : "");
      const hn = words(has.hh || has.hn, "b_hn");
      const after = hn === "" ? "r⊙(W_hn·h)" : `r⊙(W_hn·h${hn})`;
      return defineCell({
        name: own,
        reference: "https://arxiv.org/abs/1406.1078",
        summary:
          `r = ${reset}(W_ih·x${words(has.ih, "b_ih")} + W_hh·h${words(has.hh, "b_hh")}); z = ${update}(…), its own rows; ` +
          `n = ${fresh}(W_in·x${words(has.ih, "b_in")} + ${placement === "after" ? after : `W_hn·(r⊙h)${hn}`})${limit}; ` +
          "h′ = (1 − z)⊙n + z⊙h",
        gates: ["r", "z", "n"],
        updateGate: { gate: "z", open: "keeps" },
        params: ({ input, hidden, gates }) => ({
          weight_ih: inputWeight(gates(hidden), input),
          weight_hh: recurrentWeight(gates(hidden), hidden),
          ...(has.ih ? { bias_ih: bias(gates(hidden)) } : {}),
          ...(has.hh ? { bias_hh: bias(gates(hidden)) } : {}),
          ...(has.hn ? { bias_hn: bias(gates(hidden, "n")) } : {}),
        }),
        state: { h: "hidden" },
        step: ({ x, p, h }) => {
          const a = linear(x, p.weight_ih, has.ih ? p.bias_ih! : undefined);
          const hh = has.hh ? p.bias_hh! : undefined;
          const gate = (u: { readonly r: Expression; readonly z: Expression }) => ({
            r: ACTIVATIONS[reset](kappa(a.r.add(u.r))),
            z: ACTIVATIONS[update](kappa(a.z.add(u.z))),
          });
          const { z, inside } = {
            after: () => {
              const u = linear(h, p.weight_hh, hh);
              const { r, z } = gate(u);
              return { z, inside: a.n.add(r.mul(has.hn ? u.n.add(p.bias_hn!.n) : u.n)) };
            },
            before: () => {
              const { r, z } = gate(linear(h, p.weight_hh.pick("r", "z"), hh));
              return { z, inside: a.n.add(linear(r.mul(h), p.weight_hh.pick("n"), hh).n) };
            },
          }[placement]();
          const n = candidate(ACTIVATIONS[fresh](kappa(inside)));
          return { h: n.add(z.mul(h.sub(n))) };
        },
        output: ({ h }) => h,
      });
    },
  );

/**
 * The GRU with these options, reset gate after the recurrent product; the same definition for the same options. Without
 * any it computes what `gru` does.
 *
 * Errors: `E_OPTION`, `E_VALUE` for an unknown function or choice, `E_NUMBER` for a limit that is not a number > 0.
 *
 * @example
 * const keras2 = gruWith({ reset: "hardSigmoidKeras2", update: "hardSigmoidKeras2" });
 */
export const gruWith: OptionFamily<GruWithOptions> = family<GruBiases>("gruWith", "after", [
  "both",
  "input",
  "inputAndCandidate",
  "none",
]);

/** The same with the reset gate before the recurrent product: without options what `gruResetBefore` computes. */
export const gruResetBeforeWith: OptionFamily<GruWithOptions<GruBeforeBiases>> = family<GruBeforeBiases>(
  "gruResetBeforeWith",
  "before",
  ["both", "input", "none"],
);
