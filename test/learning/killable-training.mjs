// A training that saves often, tells each step, and can be killed: usage RUN TEXT STEPS [write number to die in].
// With a last argument the process kills itself half-way through that write of optimizer.safetensors: during a save.
import fs from "node:fs";
import { createRun, resumeRun } from "../../dist/node/index.js";
import { language } from "../../dist/tasks/index.js";

const [run, textFile, steps, dieIn] = process.argv.slice(2);
const text = fs.readFileSync(textFile, "utf8");

if (dieIn !== undefined) {
  const write = fs.writeFileSync;
  let writes = 0;
  fs.writeFileSync = (file, bytes, ...rest) => {
    if (!String(file).endsWith("optimizer.safetensors") || ++writes < Number(dieIn)) return write(file, bytes, ...rest);
    write(file, bytes.subarray(0, bytes.length >> 1));
    process.kill(process.pid, "SIGKILL");
  };
}

const options = {
  cell: "gru",
  hidden: 13,
  embed: 6,
  window: 6,
  batch: 5,
  dropout: 0.2,
  lr: 5e-3,
  steps: Number(steps),
};
const settings = { checkpointSteps: 7, validSteps: 20, samples: 3 };
const training = fs.existsSync(`${run}/current`)
  ? await language.resume(text, resumeRun(run), settings)
  : language.train(text, options, { ...settings, store: () => createRun(run) });
for await (const event of training) if (event.type === "step") fs.writeSync(1, `${event.step}\n`);
