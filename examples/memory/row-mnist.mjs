// Digits read row by row: 28 steps of 28 pixels each, the answer after the last.
//
//   node examples/memory/row-mnist.mjs --data FOLDER       (MNIST's IDX files, train… and t10k…, as .gz or not)
import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { Rng, scope, startSync, Tensor } from "hiddenstate";
import { readIdx } from "hiddenstate/data";
import { crossEntropy, Dropout, initialise, Linear, LSTM } from "hiddenstate/nn";
import { options, stop, train } from "./setup.mjs";

const given = options({ data: "mnist", hidden: 128, batch: 100, dropout: 0.5, lr: 3e-3, epochs: 12, seed: 1 });
const { hidden: hiddenSize, batch, lr } = given;
if (!statSync(given.data, { throwIfNoEntry: false })?.isDirectory())
  stop(`There is no folder ${given.data}: --data is where the files of MNIST are.`);
startSync({ threads: 1 });

const [training, test] = ["train", "t10k"].map((part) => {
  const read = (kind) => {
    const name = readdirSync(given.data).find((file) => file.startsWith(part) && file.includes(kind));
    if (name === undefined) stop(`${given.data} has no file ${part}…${kind}…`);
    const bytes = readFileSync(join(given.data, name));
    return readIdx(name.endsWith(".gz") ? gunzipSync(bytes) : bytes);
  };
  return { images: read("images"), labels: read("labels").data };
});
const [, T, I] = training.images.shape;

const rng = new Rng(given.seed);
const network = initialise(new LSTM({ inputSize: I, hiddenSize }), "article", rng.split("network"));
const dropout = new Dropout({ p: given.dropout });
const head = new Linear({ inputSize: hiddenSize, outputSize: 10 }, rng.split("head"));

/** Scores of the ten digits, [B, 10], for the images of these numbers. */
function scores({ images }, numbers, rng) {
  const x = new Float32Array(T * numbers.length * I);
  numbers.forEach((image, b) => {
    for (let t = 0; t < T; t++) {
      for (let i = 0; i < I; i++) x[(t * numbers.length + b) * I + i] = images.data[(image * T + t) * I + i] / 255;
    }
  });
  const { state } = network.forward(Tensor.from(x, [T, numbers.length, I]));
  return head.forward(dropout.forward(state[0].h, { rng }));
}

const perEpoch = Math.floor(training.labels.length / batch);
const order = Array.from(training.labels, (_, i) => i);
const loss = (step) => {
  const at = (step - 1) % perEpoch;
  if (at === 0) rng.split("order").split(step).shuffle(order);
  const numbers = order.slice(at * batch, (at + 1) * batch);
  const labels = Tensor.from(Int32Array.from(numbers, (i) => training.labels[i]));
  return crossEntropy(scores(training, numbers, rng.split("dropout").split(step)), labels);
};
const groups = [{ parameters: [...network.parameters(), ...head.parameters()] }];
train({ groups, lr, steps: given.epochs * perEpoch, loss });

let right = 0;
for (const [image, label] of test.labels.entries()) {
  const ten = scope(() => scores(test, [image]).toArray());
  if (ten[label] === Math.max(...ten)) right++;
}
console.log(`lstm, ${test.labels.length} test images: ${((100 * right) / test.labels.length).toFixed(2)} % right`);
