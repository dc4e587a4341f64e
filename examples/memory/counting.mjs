// aⁿbⁿcⁿ: trained to foretell the next symbol for n up to 40, tested far beyond.
//
//   node examples/memory/counting.mjs --cell lstm          (lstm, gru, tanh)
import { Rng, scope, startSync, Tensor } from "hiddenstate";
import { countingStrings } from "hiddenstate/data";
import { crossEntropy, elman, Embedding, gru, Linear, lstm, Recurrent } from "hiddenstate/nn";
import { chosen, options, train } from "./setup.mjs";

const CELLS = { lstm, gru, tanh: elman };

const given = options({ cell: "lstm", longest: 40, hidden: 64, batch: 16, lr: 1e-2, steps: 1000, seed: 1 });
const { longest, hidden: hiddenSize, batch, lr, steps } = given;
const cell = chosen(CELLS, given.cell);
startSync({ threads: 1 });

const rng = new Rng(given.seed);
const embedding = new Embedding({ vocabularySize: 4, size: 4 }, rng.split("embedding"));
const network = new Recurrent(cell, { inputSize: 4, hiddenSize }, rng.split("network"));
const head = new Linear({ inputSize: hiddenSize, outputSize: 4 }, rng.split("head"));

/** Scores of the next symbol, [T, B, 4]. */
function scores({ inputs, lengths }) {
  const x = embedding.forward(Tensor.from(inputs, [inputs.length / lengths.length, lengths.length]));
  return head.forward(network.forward(x, { lengths }).output);
}

const draws = rng.split("training");
const loss = () => {
  const strings = countingStrings({ counts: Array.from({ length: batch }, () => 1 + draws.integer(longest)) });
  return crossEntropy(scores(strings), Tensor.from(strings.targets, [strings.targets.length / batch, batch]));
};
train({ groups: [{ parameters: [embedding, network, head].flatMap((m) => m.parameters()) }], lr, steps, loss });

// A string is right when each symbol that follows from those before it has the highest score.
const counts = Array.from({ length: 5 * longest }, (_, i) => i + 1);
const test = countingStrings({ counts });
const told = scope(() => scores(test).toArray());
const wrong = new Set();
test.determined.forEach((symbol, row) => {
  const four = told.slice(4 * row, 4 * row + 4);
  if (symbol >= 0 && four[symbol] < Math.max(...four)) wrong.add(counts[row % counts.length]);
});
const first = counts.find((n) => wrong.has(n)) ?? counts.length + 1;
console.log(
  `${given.cell}, trained on n = 1 … ${longest}: every n up to ${first - 1} right, tested to ${counts.length}`,
);
