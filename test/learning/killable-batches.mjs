// A training on batches that saves often, tells each step, and can be killed: usage RUN [write number to die in].
// With a last argument the process kills itself half-way through that write of optimizer.safetensors: during a save.
import fs from "node:fs";
import { Dropout, Linear, LSTM, Module } from "../../dist/nn/index.js";
import { createRun, resumeRun } from "../../dist/node/index.js";
import { Rng } from "../../dist/runtime/index.js";
import { mseLoss, slice, Tensor } from "../../dist/tensor/index.js";
import { train } from "../../dist/train/index.js";
import { bucketedBatches } from "../../dist/data/index.js";

const [run, dieIn] = process.argv.slice(2);

if (dieIn !== undefined) {
  const write = fs.writeFileSync;
  let writes = 0;
  fs.writeFileSync = (file, bytes, ...rest) => {
    if (!String(file).endsWith("optimizer.safetensors") || ++writes < Number(dieIn)) return write(file, bytes, ...rest);
    write(file, bytes.subarray(0, bytes.length >> 1));
    process.kill(process.pid, "SIGKILL");
  };
}

/** Sequences of 3 to 8 numbers and the mean of each; batches of at most 24 numbers, so that they differ in size. */
const examples = (count, seed) =>
  Array.from({ length: count }, (_, i) => {
    const rng = new Rng(seed).split(i);
    const values = Array.from({ length: 3 + (i % 6) }, () => rng.normal());
    return { values, mean: values.reduce((a, b) => a + b) / values.length };
  });
const batchesOf = (rows) => bucketedBatches(rows, { tokens: 24, length: ({ values }) => values.length, seed: 3 });

class Model extends Module {
  recurrent = new LSTM({ inputSize: 1, hiddenSize: 7 }, new Rng(1));
  dropout = new Dropout({ p: 0.2 });
  output = new Linear({ inputSize: 7, outputSize: 1 }, new Rng(2));

  loss(batch, rng) {
    const T = Math.max(...batch.map(({ values }) => values.length));
    const B = batch.length;
    // Shorter sequences are padded at their beginning: the last step is then everybody's last.
    const x = Float32Array.from({ length: T * B }, (_, i) => batch[i % B].values.at(Math.floor(i / B) - T) ?? 0);
    const { output } = this.recurrent.forward(Tensor.from(x, [T, B, 1]));
    const last = slice(output, 0, T - 1, T).reshape([B, 7]);
    const target = Tensor.from(
      Float32Array.from(batch, ({ mean }) => mean),
      [B, 1],
    );
    return { loss: mseLoss(this.output.forward(this.dropout.forward(last, { rng })), target), predictions: B };
  }
}

const model = new Model();
const exists = fs.existsSync(`${run}/current`);
const training = train(
  model,
  { train: batchesOf(examples(61, 1)), valid: batchesOf(examples(20, 2)) },
  {
    loss: (batch, { rng }) => model.loss(batch, rng),
    optimizer: { name: "asgd", lr: 0.1, nonMonotone: 2, groups: [{ match: "*bias*", lr: 0.2 }] },
    schedule: { name: "plateau", factor: 0.7, patience: 1, threshold: 0.05, warmup: 10 },
    accumulate: 4,
    clip: 1,
    epochs: 60,
    validSteps: 4,
    patience: 12,
    minDelta: 0.002,
    checkpointSteps: 7,
    store: exists ? resumeRun(run) : () => createRun(run),
    resume: exists,
  },
);
for await (const event of training) {
  if (event.type === "step") fs.writeSync(1, `${event.step}\n`);
  if (event.type === "end") fs.writeFileSync(`${run}-end.json`, JSON.stringify({ ...event, seconds: 0 }));
}
