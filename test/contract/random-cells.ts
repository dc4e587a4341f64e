/* oxlint-disable typescript/no-explicit-any -- written as JavaScript would be, past the types on purpose */
/** Cells that nobody would write, from a seed: any graph of the language, in which every value may be used again. */
import {
  abs,
  additiveScores,
  bias,
  defineCell,
  dotScores,
  exp,
  gain,
  inputWeight,
  layerNorm,
  linear,
  maskedSoftmax,
  mean,
  mix,
  outputWeight,
  recurrentWeight,
  relu,
  rowMax,
  sigmoid,
  size,
  softmax,
  stopGradient,
  sum,
  tanh,
  where,
  type CellDefinition,
  type Expression,
  type MemorySymbol,
} from "hiddenstate/cell";
import { Rng } from "../../src/runtime/index.js";

/** The widths of the values: x has the first, the states have all three. */
type Width = "input" | "hidden" | "output";
const WIDTHS: readonly Width[] = ["input", "hidden", "output"];

/** @param smooth leave out what has kinks and what stops gradients, so that finite differences can judge */
export function randomCell(seed: number, smooth: boolean): CellDefinition {
  const rng = new Rng(seed);
  const below = (n: number): number => Math.floor(rng.uniform() * n);
  const oneOf = <T>(list: readonly T[]): T => list[below(list.length)];
  const chance = (p: number): boolean => rng.uniform() < p;
  const widths = (["a", "b", "c"] as const).map(() => oneOf(WIDTHS));
  const used = [1, 2, 3][below(3)];
  // Every other cell is told something beside x.
  const told = rng.split("inputs");
  const inputs = Object.fromEntries(
    ["m", "n", "o"].slice(0, seed % 2 === 0 ? 0 : 1 + Math.floor(told.uniform() * 3)).map((name) => {
      const dim = WIDTHS[Math.floor(told.uniform() * 3)];
      return [name, { dim, per: told.uniform() < 0.5 ? "step" : "sequence" } as const];
    }),
  );
  // Every third one looks at memories.
  const seen = rng.split("memories");
  const looks = seed % 3 === 1;
  const memory = Object.fromEntries(
    (looks ? ["u", "v"] : []).map((name) => [name, WIDTHS[Math.floor(seen.uniform() * 3)]] as const),
  );
  const stateWidths = Object.fromEntries(widths.slice(0, used).map((dim, i) => ["abc"[i], dim])) as Record<"a", Width>;
  return defineCell({
    name: `random${seed}`,
    reference: "a seed",
    gates: ["p", "q"],
    dims: { output: "hidden" },
    params: ({ input, hidden, output, gates }) => ({
      ii: inputWeight(input, input),
      hi: inputWeight(gates(hidden), input),
      oi: inputWeight(output, input),
      ih: recurrentWeight(input, hidden),
      hh: recurrentWeight(gates(hidden), hidden),
      oh: outputWeight(output, hidden),
      io: recurrentWeight(gates(input), output),
      ho: recurrentWeight(hidden, output),
      oo: recurrentWeight(output, output),
      input: bias(input),
      hidden: gain(hidden),
      output: bias(gates(output)),
    }),
    state: (looks ? { ...stateWidths, d: "positions" } : stateWidths) as typeof stateWidths,
    inputs: looks ? { ...inputs, valid: { dim: "positions", per: "sequence" } } : inputs,
    memory,
    step: (args) => {
      const { x, p, state } = args as unknown as { x: Expression; p: any; state: Record<string, Expression> };
      const pool: Record<Width, Expression[]> = {
        input: [x, p.input],
        hidden: [p.hidden],
        output: [p.output.p, p.output.q],
      };
      for (const [name, { dim }] of Object.entries(inputs)) pool[dim].push((args as any)[name]);
      for (const name of Object.keys(stateWidths)) pool[stateWidths[name as "a"]].push(state[name]);
      const positions: Expression[] = looks ? [state["d"]] : [];
      const attend = (): void => {
        const any = <T>(list: readonly T[]): T => list[Math.floor(seen.uniform() * list.length)];
        const [name, width] = any(Object.entries(memory));
        const [m, { valid }] = [(args as any)[name] as MemorySymbol, args as any];
        const kind = seen.uniform();
        if (pool[width].length === 0) return;
        const [q, v, a] = [any(pool[width]), any(pool[width]), any(positions)];
        if (kind < 0.3) pool[width].push(mix(a, m, valid));
        else if (kind < 0.5) positions.push(tanh(dotScores(q, m, valid)));
        else if (kind < 0.6) positions.push(tanh(additiveScores(q, m, v, valid)));
        else if (kind < 0.7) positions.push(tanh(additiveScores(q, m, v, valid, { of: a, weight: any(pool[width]) })));
        else if (kind < 0.85) positions.push(maskedSoftmax(a, valid));
        else positions.push(any([() => a.mul(any(positions)), () => a.add(mean(q)), () => sigmoid(a)])());
      };
      const weight = (to: Width, from: Width) => p[`${to[0]}${from[0]}`];
      const grow = (): void => {
        const width = oneOf(WIDTHS);
        const pick = (): Expression => oneOf(pool[width]);
        const kind = rng.uniform();
        if (kind < 0.3 || pool[width].length < 2) {
          const from = oneOf(WIDTHS.filter((w) => pool[w].length > 0));
          const y: any = linear(oneOf(pool[from]), weight(width, from));
          const blocks = Object.values<Expression>("p" in y ? y : { y });
          pool[width].push(...(chance(0.7) ? blocks : [oneOf(blocks)]));
        } else if (kind < 0.5) pool[width].push(oneOf([tanh, sigmoid])(pick()));
        else if (kind < 0.85) {
          const [a, b] = [pick(), chance(0.15) ? 0.5 : pick()];
          pool[width].push(oneOf([() => a.add(b), () => a.mul(b), () => a.sub(b), () => tanh(a).mul(b)])());
        } else if (kind < 0.92) {
          const [a, other] = [pick(), oneOf(oneOf(WIDTHS.map((w) => pool[w]).filter((list) => list.length > 0)))];
          pool[width].push(
            oneOf([
              () => layerNorm(a, { eps: 0.1 }),
              () => softmax(a),
              // A number per row of one width meets rows of another.
              () => a.add(mean(other)),
              () => a.mul(tanh(sum(other))).div(size(other)),
              () => a.sub(smooth ? mean(tanh(other)) : rowMax(other).mul(0.5)),
            ])(),
          );
        } else if (smooth)
          pool[width].push(oneOf([() => pick().neg(), () => exp(tanh(pick())), () => sigmoid(pick())])());
        else {
          const [a, b, c] = [pick(), pick(), pick()];
          pool[width].push(
            oneOf([
              () => a.max(b),
              () => a.min(b),
              () => relu(a),
              () => abs(a),
              () => stopGradient(a),
              () => where(a.greater(b), b, c),
              () => where(a.greaterEqual(0), c, 0.1),
              () => a.div(abs(b).add(1)),
            ])(),
          );
        }
      };
      for (let i = 0, n = 4 + below(14); i < n; i++) {
        grow();
        if (looks && seen.uniform() < 0.5) attend();
      }
      const late = (list: readonly Expression[]): Expression => list[list.length - 1 - below(Math.min(4, list.length))];
      return Object.fromEntries(
        Object.keys(state).map((name) => {
          if (name === "d" && looks) return [name, tanh(positions[positions.length - 1])];
          const value = late(pool[stateWidths[name as "a"]]);
          // Mostly bounded: states that explode compare nothing.
          return [name, chance(0.25) ? value : tanh(value)];
        }),
      ) as Record<"a", Expression>;
    },
    output: (next) => oneOf(Object.entries(next).flatMap(([name, value]) => (name === "d" && looks ? [] : [value]))),
  });
}
