/**
 * A cell that looks at a memory before it steps (Bahdanau's schedule): the query is the *previous* state, and the context
 * enters the cell beside x.
 *
 *   e[s] = v·tanh(W_q·h(t−1) + k[s] (+ cov[s]·w_cov))     a = softmax(e) over the valid s     c = Σ_s a[s]·m[s]
 *   the cell's step on [x; c]: wherever it has W·x, it has W·x + W_context·c; a cell that reads x otherwise than through
 *   matrices (a Mogrifier scales it, a QRNN looks at earlier ones) has x + W·c for its x
 *   cov′ = cov + a, with coverage
 *
 * Shapes: memory `keys` k [B, S, A] (U·m, made before the sequence), `values` m [B, S, C], input `valid` [B, S]; weight_query
 * [A, H], weight_score [A], weight_coverage [A]; W_context as W, with C columns, or weight_context [I, C]. States beside the cell's: context [B, C],
 * attention a [B, S] (and coverage [B, S]), which `trace` shows at every step. Sources: Bahdanau, Cho & Bengio 2015; coverage
 * as in See, Liu & Manning 2017.
 */
import {
  additiveScores,
  type CellDefinition,
  defineCell,
  type Expression,
  inputMaps,
  inputWeight,
  linear,
  maskedSoftmax,
  mix,
  peephole,
  stepOf,
} from "../../cell/index.js";
import { checkInlined } from "../../cell/inline-cell.js";
import { attentionFamily, queryState, statesWith, type StepSymbols } from "./attention-family.js";

export interface BahdanauOptions {
  /** Keep the sum of past weights as a state, which the score sees; default false. */
  readonly coverage?: boolean;
}

/**
 * The cell with Bahdanau's attention in front of its step; the same definition for the same cell and options.
 *
 * Errors: `E_OPTION`; `E_CELL` for a cell with inputs of its own.
 *
 * @example
 * const decoder = new Recurrent(withBahdanau(gru), { inputSize: 8, hiddenSize: 16, widths: { attention: 16, context: 32 } });
 */
export const withBahdanau: (cell: CellDefinition, options?: BahdanauOptions) => CellDefinition =
  attentionFamily<BahdanauOptions>("withBahdanau", { coverage: false }, define);

function define(cell: CellDefinition, { coverage = false }: BahdanauOptions, name: string): CellDefinition {
  checkInlined(cell);
  const query = queryState(cell);
  return defineCell({
    name,
    reference: "https://arxiv.org/abs/1409.0473",
    summary:
      `e = v·tanh(W_q·${query.name} + k${coverage ? " + cov·w_cov" : ""}); a = softmax(e); c = Σ a·m; ` +
      `then ${cell.name} on [x; c]: ${cell.summary}`,
    gates: cell.gates,
    forgetGate: cell.forgetGate ?? undefined,
    inputGate: cell.inputGate ?? undefined,
    updateGate: cell.updateGate ?? undefined,
    dims: { ...cell.extraDims, attention: "hidden", context: "hidden" } as Record<string, "hidden">,
    params: ({ attention }) => ({
      ...cell.params,
      ...inputMaps(cell, "context", "context"),
      weight_query: inputWeight(attention, { dim: query.dim, gates: null }),
      weight_score: peephole(attention),
      ...(coverage ? { weight_coverage: peephole(attention) } : {}),
    }),
    state: statesWith(cell, {
      context: "context",
      attention: "positions",
      coverage: coverage && "positions",
    }),
    inputs: { valid: { dim: "positions", per: "sequence" } },
    memory: { keys: "attention", values: "context" },
    step: ({ x, p, state, valid, keys, values }) => {
      const own = p as unknown as StepSymbols;
      const seen = coverage ? { of: state["coverage"], weight: own["weight_coverage"] as Expression } : undefined;
      const asked = linear(state[query.name], own["weight_query"]);
      const attention = maskedSoftmax(additiveScores(asked, keys, own["weight_score"], valid, seen), valid);
      const context = mix(attention, values, valid);
      const next = stepOf(cell, { x, p: own, state, beside: { context } });
      return {
        ...next.state,
        context,
        attention,
        ...(coverage ? { coverage: state["coverage"].add(attention) } : {}),
        output: next.output,
      };
    },
    output: (next) => (next as Readonly<Record<string, Expression>>)["output"],
  });
}
