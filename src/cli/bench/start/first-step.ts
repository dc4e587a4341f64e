/** The programs of fresh processes: import, do the first step, say how long that took. */

/** What such a process prints, milliseconds. */
export interface FirstStep {
  /** Until the modules are there. */
  readonly import_ms: number;
  /** Until the first step is done, with everything that is made for it: network, optimizer, kernels, emitted code. */
  readonly step_ms: number;
  /** From the start of the process itself on, the engine's own start included. */
  readonly process_ms: number;
}

/** A character model's first step: embedding, LSTM, linear map, loss, backward, Adam. */
const TRAIN = `
  const [{ crossEntropy, scope, Tensor }, { Embedding, Linear, LSTM }, { Adam }] = await Promise.all(
    ["hiddenstate", "hiddenstate/nn", "hiddenstate/optim"].map((name) => import(urls[name])),
  );
  const imported = performance.now();
  const [T, B, V, H] = [32, 16, 64, 64];
  const embedding = new Embedding({ vocabularySize: V, size: H });
  const recurrent = new LSTM({ inputSize: H, hiddenSize: H });
  const output = new Linear({ inputSize: H, outputSize: V });
  const adam = new Adam([embedding, recurrent, output].flatMap((part) => [...part.parameters()]));
  const words = Tensor.from(Int32Array.from({ length: T * B }, (_, i) => (7 * i) % V), [T, B]);
  const result = scope(() => {
    const loss = crossEntropy(output.forward(recurrent.forward(embedding.forward(words)).output), words);
    loss.backward();
    adam.step();
    return loss.item();
  });`;

/** A stream's first step, from a bundle in a file; reading the file counts as import. */
const STREAM = `
  const { readFileSync } = await import("node:fs");
  const file = new Uint8Array(readFileSync(bundle));
  const { loadStream } = await import(urls["hiddenstate/stream"]);
  const imported = performance.now();
  const result = loadStream(file).session().step(1)[0];`;

/** The entries of the package that the programs import. */
export const ENTRIES = ["hiddenstate", "hiddenstate/nn", "hiddenstate/optim", "hiddenstate/stream"] as const;

/** The text of a program; its arguments are the path of a bundle and the addresses of ENTRIES in JSON. */
export function firstStepProgram(what: "train" | "stream"): string {
  return `
  const begun = performance.now();
  const [, bundle, addresses] = process.argv;
  const urls = JSON.parse(addresses);
  ${what === "train" ? TRAIN : STREAM}
  const done = performance.now();
  if (!Number.isFinite(result)) throw new Error("the first step gave " + result);
  console.log(JSON.stringify({ import_ms: imported - begun, step_ms: done - imported, process_ms: done }));`;
}
