// What a big vocabulary costs: full, adaptive and sampled softmax on the same rows, in turns, by processor time of one
// thread. One JSON line each: loss and gradients, and the same followed by a step of Adam. Wants a built dist.
//   node bench/big-vocabulary.mjs [rounds]
import { Rng, scope, startSync, Tensor } from "../dist/index.js";
import { AdaptiveSoftmax, crossEntropy, Linear, logUniform, SampledSoftmax } from "../dist/nn/index.js";
import { Adam } from "../dist/optim/index.js";

const [inputSize, vocabularySize, rows] = [200, 10_000, 700];
const rounds = Number(process.argv[2] ?? 15);
startSync({ threads: 1 });

const rng = new Rng(1);
const zipf = logUniform(vocabularySize);
const x = Tensor.from(
  Float32Array.from({ length: rows * inputSize }, () => rng.normal()),
  [rows, inputSize],
  { requiresGrad: true },
);
const targets = Tensor.from(Int32Array.from({ length: rows }, () => zipf.draw(rng)));

const full = new Linear({ inputSize, outputSize: vocabularySize });
const adaptive = new AdaptiveSoftmax({ inputSize, vocabularySize, cutoffs: [1000, 4000], headBias: true });
const sampled = (samples) => {
  const layer = new SampledSoftmax({ inputSize, vocabularySize, samples });
  let step = 0;
  return [`sampled ${samples}`, layer, () => layer.forward(x, targets, { rng: rng.split(step++) })];
};
const subjects = [
  ["full", full, () => crossEntropy(full.forward(x), targets)],
  ["adaptive 1000, 4000", adaptive, () => adaptive.forward(x, targets).loss],
  sampled(256),
  sampled(1024),
].map(([name, layer, loss]) => ({ name, layer, loss, optimizer: new Adam(layer.parameters(), { lr: 1e-3 }) }));

const milliseconds = (work) => {
  const { user, system } = process.cpuUsage();
  work();
  const now = process.cpuUsage();
  return (now.user + now.system - user - system) / 1000;
};
const times = subjects.map(() => ({ gradients: [], adam: [] }));
for (let round = -2; round < rounds; round++) {
  for (const [i, { layer, loss, optimizer }] of subjects.entries()) {
    for (const parameter of layer.parameters()) parameter.zeroGrad();
    const gradients = milliseconds(() => scope(() => loss().backward()));
    const adam = milliseconds(() => optimizer.step());
    if (round < 0) continue;
    times[i].gradients.push(gradients);
    times[i].adam.push(adam);
  }
}
const median = (values) => values.toSorted((a, b) => a - b)[values.length >> 1];
for (const [i, { name, layer }] of subjects.entries()) {
  const [gradients, adam] = [median(times[i].gradients), median(times[i].adam)];
  const line = { head: name, parameters: layer.parameterCount, gradients_cpu_ms: gradients, adam_cpu_ms: adam };
  console.log(JSON.stringify(line));
}
