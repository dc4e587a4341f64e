/** Compiles a network to a bundle and plays it in Node: what the worklet must give. */
import { Rng } from "hiddenstate";
import { CELLS, Linear, LSTM, Recurrent } from "hiddenstate/nn";
import { loadStream } from "hiddenstate/stream";
import { compileStream } from "hiddenstate/stream/compile";
import { sound, type StreamRun } from "./stream-run.js";
import { hash } from "./training-run.js";

/** What the program prints. */
export interface StreamReference extends StreamRun {
  /** The bundle in base64. */
  readonly bundle: string;
}

const rng = new Rng(12);
const bundle = compileStream({
  recurrent: [
    new LSTM({ inputSize: 1, hiddenSize: 20 }, rng.split("a")),
    new Recurrent(CELLS["gru"], { inputSize: 20, hiddenSize: 13 }, rng.split("b")),
  ],
  output: new Linear({ inputSize: 13, outputSize: 1 }, rng.split("c")),
});
const start = performance.now();
const session = loadStream(bundle).session();
const samples = sound().map((x) => session.step(x)[0]);
const reference: StreamReference = {
  bundle: Buffer.from(bundle).toString("base64"),
  samples: hash([samples]),
  loudness: samples.reduce((sum, y) => sum + Math.abs(y), 0),
  ms: performance.now() - start,
};
console.log(JSON.stringify(reference));
