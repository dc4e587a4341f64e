/** `node own-cell-entry.js`: a cell of somebody else's, from the package's entry points alone, as one line of JSON. */
import { scope, Tensor } from "hiddenstate";
import { bias, defineCell, explain, inputWeight, linear, recurrentWeight, sigmoid, tanh } from "hiddenstate/cell";
import { Recurrent } from "hiddenstate/nn";
import { streamModel } from "hiddenstate/stream/compile";
import { cellContract } from "hiddenstate/testing";

export interface OwnCellRun {
  /** Names of the checks that held. */
  readonly held: string[];
  /** What the others said. */
  readonly broken: string[];
  /** What the contract says of the same cell with a mistake in it. */
  readonly mistake: string;
  /** The error of a step that uses a symbol as a number. */
  readonly letter: string;
  /** Whether `explain` found the products to hoist. */
  readonly explained: boolean;
  /** Largest difference between a stream's last output and the sequence's. */
  readonly streamed: number;
  /** Units of the last step, all between −1 and 1. */
  readonly output: number[];
}

/**
 * A fast state beside a slow one, which has a width of its own and forgets with a gate of its own:
 *
 *   s′ = s + k ⊙ (tanh(V·x + A·h) − s)    h′ = tanh(W·x + U·h + R·s′ + b)    k = σ(a·x + d)
 */
const twoSpeeds = (sign: number) =>
  defineCell({
    name: "twoSpeeds",
    reference: "made up for this test",
    dims: { slow: "hidden" },
    params: ({ input, hidden, slow }) => ({
      W: inputWeight(hidden, input),
      U: recurrentWeight(hidden, hidden),
      R: recurrentWeight(hidden, slow),
      b: bias(hidden),
      V: inputWeight(slow, input),
      A: recurrentWeight(slow, hidden),
      a: inputWeight(slow, input),
      d: bias(slow),
    }),
    state: { h: "hidden", s: "slow" },
    step: ({ x, p, h, s }) => {
      const wish = tanh(linear(x, p.V).add(linear(h, p.A)));
      const next = s.add(sigmoid(linear(x, p.a, p.d)).mul(wish.sub(s)));
      // The mistake: 1/0 in every unit.
      const fast = linear(x, p.W, p.b).add(linear(h, p.U)).add(linear(next, p.R));
      return { h: tanh(sign === 0 ? fast.div(h.sub(h)) : fast), s: next };
    },
    output: ({ h }) => h,
  });

const cell = twoSpeeds(1);
const held: string[] = [];
const broken: string[] = [];
for (const { name, run } of cellContract(cell)) {
  try {
    run();
    held.push(name);
  } catch (error) {
    broken.push(`${name}: ${String(error)}`);
  }
}

function mistakeOf(): string {
  try {
    for (const { run } of cellContract(twoSpeeds(0))) run();
  } catch (error) {
    return (error as { code: string }).code;
  }
  return "none";
}

/** What somebody reads who compares symbols as if they were numbers. */
function letterOf(): string {
  try {
    defineCell({
      name: "confused",
      reference: "a mistake",
      params: ({ input, hidden }) => ({ W: inputWeight(hidden, input) }),
      state: { h: "hidden" },
      step: ({ x, p, h }) => ({ h: Math.abs(linear(x, p.W) as unknown as number) > 0 ? h : h.neg() }),
      output: ({ h }) => h,
    });
  } catch (error) {
    return (error as Error).message;
  }
  return "none";
}

const net = new Recurrent(cell, { inputSize: 3, hiddenSize: 11 });
const x = Float32Array.from({ length: 5 * 3 }, (_, i) => ((i * 7) % 5) - 2);
const output = scope(() => net.forward(Tensor.from(x, [5, 1, 3])).output.toArray()).slice(-11);
const session = streamModel(net).session();
let last: ArrayLike<number> = [];
for (let t = 0; t < 5; t++) last = session.step(x.subarray(3 * t, 3 * t + 3));

console.log(
  JSON.stringify({
    held,
    broken,
    mistake: mistakeOf(),
    letter: letterOf(),
    explained: /hoisted[^\n]*\n.* x · /.test(explain(cell)),
    streamed: Math.max(...output.map((value, i) => Math.abs(value - last[i]))),
    output,
  } satisfies OwnCellRun),
);
