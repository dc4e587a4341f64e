/** An audio worklet that sends every sample through a network; it imports the player and nothing else. */
import { loadStream, type StreamSession } from "hiddenstate/stream";

interface Processor {
  process(inputs: readonly Float32Array[][], outputs: readonly Float32Array[][]): boolean;
}
declare const AudioWorkletProcessor: { new (): { readonly port: MessagePort } };
declare function registerProcessor(
  name: string,
  processor: new (options: { readonly processorOptions: { readonly bundle: Uint8Array } }) => Processor,
): void;

/** What other code relies on and this place does not have. */
const MISSING = ["TextDecoder", "atob", "fetch", "setTimeout", "Worker", "performance", "URL"];

class Network extends AudioWorkletProcessor implements Processor {
  readonly #session: StreamSession;

  constructor({ processorOptions }: { readonly processorOptions: { readonly bundle: Uint8Array } }) {
    super();
    this.#session = loadStream(processorOptions.bundle).session();
    this.port.postMessage(MISSING.filter((name) => !(name in globalThis)));
  }

  process([[input]]: readonly Float32Array[][], [[output]]: readonly Float32Array[][]): boolean {
    for (let i = 0; i < output.length; i++) output[i] = this.#session.step(input === undefined ? 0 : input[i])[0];
    return true;
  }
}

registerProcessor("network", Network);
