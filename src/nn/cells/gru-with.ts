/**
 * The GRU with other functions and with a limit, as other systems have them:
 *
 *   r = φ_r(κ(a_r + u_r))   z = φ_z(κ(a_z + u_z)),   a = W_ih·x + b_ih,   u = W_hh·h + b_hh
 *   n = φ_n(κ(a_n + r⊙u_n))                       reset "after": PyTorch, cuDNN, ONNX with linear_before_reset = 1
 *   n = φ_n(κ(a_n + W_hn·(r⊙h) + b_hn))           reset "before": Cho et al., ONNX otherwise
 *   h′ = n + z⊙(h − n) = (1 − z)⊙n + z⊙h
 *
 * κ limits the pre-activations to ± `clipGates` (ONNX `clip`). Shapes and names of parameters are those of `gru` and
 * `gruResetBefore`; the two placements do not exchange weights.
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
import { ACTIVATIONS, type Activation } from "./lstm-with.js";

export interface GruWithOptions {
  /** φ_r, default "sigmoid". */
  readonly reset?: Activation;
  /** φ_z, default "sigmoid". */
  readonly update?: Activation;
  /** φ_n, default "tanh". */
  readonly candidate?: Activation;
  /** Largest |pre-activation|, > 0; default: no limit. */
  readonly clipGates?: number;
}

const DEFAULTS = { reset: "sigmoid", update: "sigmoid", candidate: "tanh" } as const;

type Family = OptionFamily<GruWithOptions>;

const family = (name: string, placement: "after" | "before"): Family =>
  optionFamily<GruWithOptions>(
    name,
    { choices: DEFAULTS, values: Object.keys(ACTIVATIONS), limits: ["clipGates"] },
    (options, own) => {
      const { reset, update, candidate: fresh, clipGates } = { ...DEFAULTS, ...options };
      const kappa = (a: Expression): Expression => (clipGates === undefined ? a : clip(a, -clipGates, clipGates));
      const limit = clipGates === undefined ? "" : `, |pre-activation| ≤ ${clipGates}`;
      const inner = placement === "after" ? "r⊙(W_hn·h + b_hn)" : "W_hn·(r⊙h) + b_hn";
      return defineCell({
        name: own,
        reference: "https://arxiv.org/abs/1406.1078",
        summary:
          `r = ${reset}(W_ih·x + b_ih + W_hh·h + b_hh); z = ${update}(…), its own rows; ` +
          `n = ${fresh}(W_in·x + b_in + ${inner})${limit}; h′ = (1 − z)⊙n + z⊙h`,
        gates: ["r", "z", "n"],
        updateGate: { gate: "z", open: "keeps" },
        params: ({ input, hidden, gates }) => ({
          weight_ih: inputWeight(gates(hidden), input),
          weight_hh: recurrentWeight(gates(hidden), hidden),
          bias_ih: bias(gates(hidden)),
          bias_hh: bias(gates(hidden)),
        }),
        state: { h: "hidden" },
        step: ({ x, p, h }) => {
          const a = linear(x, p.weight_ih, p.bias_ih);
          const gate = (u: { readonly r: Expression; readonly z: Expression }) => ({
            r: ACTIVATIONS[reset](kappa(a.r.add(u.r))),
            z: ACTIVATIONS[update](kappa(a.z.add(u.z))),
          });
          const { z, inside } = {
            after: () => {
              const u = linear(h, p.weight_hh, p.bias_hh);
              const { r, z } = gate(u);
              return { z, inside: a.n.add(r.mul(u.n)) };
            },
            before: () => {
              const { r, z } = gate(linear(h, p.weight_hh.pick("r", "z"), p.bias_hh));
              return { z, inside: a.n.add(linear(r.mul(h), p.weight_hh.pick("n"), p.bias_hh).n) };
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
 * Errors: `E_OPTION`, `E_VALUE` for an unknown function, `E_NUMBER` for a limit that is not a number > 0.
 *
 * @example
 * const keras2 = gruWith({ reset: "hardSigmoidKeras2", update: "hardSigmoidKeras2" });
 */
export const gruWith: Family = family("gruWith", "after");

/** The same with the reset gate before the recurrent product: without options what `gruResetBefore` computes. */
export const gruResetBeforeWith: Family = family("gruResetBeforeWith", "before");
