// Parity: is the number of ones odd? Trained on strings of up to 40 bits, tested on 41 to 256.
//
//   node examples/memory/parity.mjs --cell lstm            (lstm, gru, tanh)
import { Rng, scope, startSync, Tensor } from "hiddenstate";
import { parity } from "hiddenstate/data";
import { crossEntropy, elman, gru, Linear, lstm, Recurrent } from "hiddenstate/nn";
import { chosen, options, train } from "./setup.mjs";

// The gated ones are told one answer for a whole string, the simple one that of every prefix.
const CELLS = { lstm: [lstm, "whole"], gru: [gru, "whole"], tanh: [elman, "prefixes"] };

const given = options({ cell: "lstm", longest: 40, hidden: 32, batch: 128, lr: 1e-2, steps: 2000, seed: 1 });
const { longest, hidden: hiddenSize, batch, lr, steps } = given;
const [cell, lesson] = chosen(CELLS, given.cell);
startSync({ threads: 1 });

const rng = new Rng(given.seed);
const network = new Recurrent(cell, { inputSize: 1, hiddenSize }, rng.split("network"));
const head = new Linear({ inputSize: hiddenSize, outputSize: 2 }, rng.split("head"));

/** Scores of even and odd: after every step [T, B, 2], and after each string's own last one [B, 2]. */
function scores({ inputs, lengths }) {
  const x = Tensor.from(Float32Array.from(inputs), [inputs.length / lengths.length, lengths.length, 1]);
  const { output, state } = network.forward(x, { lengths });
  return { prefixes: () => head.forward(output), whole: () => head.forward(state[0].h) };
}

const draws = rng.split("training");
const groups = [{ parameters: [...network.parameters(), ...head.parameters()] }];
const loss = () => {
  const strings = parity({ lengths: [1, longest], batch }, draws);
  const wanted = { whole: strings.targets, prefixes: strings.prefixes }[lesson];
  const given = scores(strings)[lesson]();
  return crossEntropy(given, Tensor.from(wanted, given.shape.slice(0, -1)));
};
train({ groups, lr, steps, loss });

const test = parity({ lengths: [longest + 1, 256], batch: 2000 }, rng.split("test"));
const answers = scope(() => scores(test).whole().toArray());
const right = test.targets.filter((odd, b) => (answers[2 * b + 1] > answers[2 * b] ? 1 : 0) === odd).length;
console.log(`${given.cell}, strings of ${longest + 1} to 256 bits: ${(right / 20).toFixed(2)} % right, a guess 50 %`);
