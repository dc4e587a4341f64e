/**
 * A cell that looks at a memory after its step (Luong's schedule): the query is the *current* output, and what leaves the
 * step is made of it and of the context.
 *
 *   the cell's step on x, or on [x; h̃(t−1)] with input feeding; o its output
 *   dot      e[s] = o·m[s]                                   general  e[s] = (W_q·o)·m[s]
 *   concat   e[s] = v·tanh(W_q·o + k[s] (+ cov[s]·w_cov))
 *   a = softmax(e) over the valid s     c = Σ_s a[s]·m[s]     h̃ = tanh(W_c·c + W_h·o)
 *   cov′ = cov + a, with coverage
 *
 * W_q of `general` is the transpose of the article's W_a. `concat` with W_a = [W_q; U]: k = U·m, made before the sequence.
 *
 * Shapes: memory `values` m [B, S, C] (with dot C is the width of o), `keys` k [B, S, A] with concat, input `valid` [B, S];
 * weight_query [C, O] or [A, O], weight_score [A], weight_coverage [A], weight_combine_context [H, C], weight_combine_output
 * [H, O]; with input feeding W_feed as every W on x, with H columns, or weight_feed [I, H] (as `withBahdanau`). States beside the cell's: attended h̃ [B, H], attention a [B, S] (and coverage).
 * Source: Luong, Pham & Manning 2015.
 */
import {
  additiveScores,
  type CellDefinition,
  defineCell,
  dotScores,
  type Expression,
  inputMaps,
  inputWeight,
  linear,
  maskedSoftmax,
  type MemorySymbol,
  mix,
  outputWeight,
  peephole,
  stepOf,
  tanh,
} from "../../cell/index.js";
import { checkInlined } from "../../cell/inline-cell.js";
import { optionNeeds } from "../../errors.js";
import { attentionFamily, statesWith, type StepSymbols } from "./attention-family.js";

export type LuongScore = "general" | "dot" | "concat";

export interface LuongOptions {
  /** How a query meets a position, default "general". */
  readonly score?: LuongScore;
  /** Give h̃ of the step before to the cell beside x, default true. */
  readonly inputFeeding?: boolean;
  /** Keep the sum of past weights as a state, which the score sees; concat only, default false. */
  readonly coverage?: boolean;
}

/**
 * The cell with Luong's attention behind its step; its output is h̃. The same definition for the same cell and options.
 *
 * Errors: `E_OPTION`, `E_VALUE`; `E_OPTION_NEEDS` for coverage of a score that cannot see it; `E_CELL` as `withBahdanau`.
 *
 * @example
 * const decoder = new Recurrent(withLuong(lstm, { score: "dot" }), { inputSize: 8, hiddenSize: 16 });
 */
export const withLuong: (cell: CellDefinition, options?: LuongOptions) => CellDefinition =
  attentionFamily<LuongOptions>(
    "withLuong",
    { score: ["general", "dot", "concat"], inputFeeding: true, coverage: false },
    define,
  );

function define(cell: CellDefinition, options: LuongOptions, name: string): CellDefinition {
  const { score = "general", inputFeeding = true, coverage = false } = options;
  if (coverage && score !== "concat") throw optionNeeds("withLuong", "coverage", `score: "concat"`);
  checkInlined(cell);
  const shown = { dim: cell.outputDim, gates: null };
  const value = score === "dot" ? cell.outputDim : "context";
  const more: Record<string, "hidden"> = {
    ...(score === "dot" ? {} : { context: "hidden" as const }),
    ...(score === "concat" ? { attention: "hidden" as const } : {}),
  };
  const scored = {
    dot: "e = o·m",
    general: "e = (W_q·o)·m",
    concat: `e = v·tanh(W_q·o + k${coverage ? " + cov·w_cov" : ""})`,
  }[score];
  return defineCell({
    name,
    reference: "https://arxiv.org/abs/1508.04025",
    summary:
      `${cell.name} on ${inputFeeding ? "[x; h̃(t−1)]" : "x"}: ${cell.summary}; ${scored} of its output o; ` +
      `a = softmax(e); c = Σ a·m; h̃ = tanh(W_c·c + W_h·o)`,
    gates: cell.gates,
    forgetGate: cell.forgetGate ?? undefined,
    inputGate: cell.inputGate ?? undefined,
    updateGate: cell.updateGate ?? undefined,
    dims: { ...cell.extraDims, ...more } as Record<string, "hidden">,
    params: ({ hidden }) => ({
      ...cell.params,
      ...(inputFeeding ? inputMaps(cell, "feed", "hidden") : {}),
      ...(score === "dot"
        ? {}
        : { weight_query: inputWeight(widthOf(score === "concat" ? "attention" : value), shown) }),
      ...(score === "concat" ? { weight_score: peephole(widthOf("attention")) } : {}),
      ...(coverage ? { weight_coverage: peephole(widthOf("attention")) } : {}),
      weight_combine_context: outputWeight(hidden, widthOf(value)),
      weight_combine_output: outputWeight(hidden, shown),
    }),
    state: statesWith(cell, {
      attended: "hidden",
      attention: "positions",
      coverage: coverage && "positions",
    }),
    inputs: { valid: { dim: "positions", per: "sequence" } },
    memory: (score === "concat" ? { keys: "attention", values: value } : { values: value }) as Record<string, "hidden">,
    step: ({ x, p, state, ...rest }) => {
      const own = p as unknown as StepSymbols;
      const { valid } = rest as unknown as Readonly<Record<string, Expression>>;
      const { keys, values } = rest as unknown as Readonly<Record<string, MemorySymbol>>;
      const beside: Record<string, Expression> = inputFeeding ? { feed: state["attended"] } : {};
      const next = stepOf(cell, { x, p: own, state, beside });
      const asked = score === "dot" ? next.output : linear(next.output, own["weight_query"]);
      const seen = coverage ? { of: state["coverage"], weight: own["weight_coverage"] as Expression } : undefined;
      const scores =
        score === "concat"
          ? additiveScores(asked, keys, own["weight_score"], valid, seen)
          : dotScores(asked, values, valid);
      const attention = maskedSoftmax(scores, valid);
      const context = mix(attention, values, valid);
      const attended = tanh(
        linear(context, own["weight_combine_context"]).add(linear(next.output, own["weight_combine_output"])),
      );
      return {
        ...next.state,
        attended,
        attention,
        ...(coverage ? { coverage: state["coverage"].add(attention) } : {}),
      };
    },
    output: (next) => (next as Readonly<Record<string, Expression>>)["attended"],
  });
}

function widthOf(dim: string): { readonly dim: string; readonly gates: null } {
  return { dim, gates: null };
}
