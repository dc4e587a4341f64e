/** A page that plays a sound through a network in an audio worklet. */
import { sound, SAMPLES, type StreamRun } from "./stream-run.js";
import { hash } from "./training-run.js";

/** What the test calls in the page. */
export interface StreamPage {
  /** Plays the bundle that the site serves; `missing` is what the worklet's world lacks. */
  play(): Promise<StreamRun & { readonly missing: readonly string[] }>;
}

const page: StreamPage = {
  async play() {
    const bundle = new Uint8Array(await (await fetch("network.bin")).arrayBuffer());
    const context = new OfflineAudioContext(1, SAMPLES, 48_000);
    await context.audioWorklet.addModule("stream-worklet-entry.js");
    const buffer = context.createBuffer(1, SAMPLES, 48_000);
    buffer.copyToChannel(sound(), 0);
    const source = new AudioBufferSourceNode(context, { buffer });
    const node = new AudioWorkletNode(context, "network", { processorOptions: { bundle } });
    const missing = new Promise<readonly string[]>((resolve, reject) => {
      node.port.onmessage = ({ data }: MessageEvent<readonly string[]>) => resolve(data);
      node.onprocessorerror = () => reject(new Error("the processor failed"));
    });
    source.connect(node).connect(context.destination);
    source.start();
    const start = performance.now();
    const samples = (await context.startRendering()).getChannelData(0);
    return {
      samples: hash([samples]),
      loudness: samples.reduce((sum, y) => sum + Math.abs(y), 0),
      ms: performance.now() - start,
      missing: await missing,
    };
  },
};

Object.assign(globalThis, { page });
