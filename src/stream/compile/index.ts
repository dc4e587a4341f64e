/** From a network to a stream: imports the whole library, and belongs where networks are trained. */
import type { Recurrent } from "../../nn/index.js";
import { loadStream, type StreamModel } from "../model.js";
import { compileStream } from "./compile.js";
import type { StreamParts } from "./network.js";

export { compileStream } from "./compile.js";
export type { StreamParts } from "./network.js";

/** Compile a network and load it: `loadStream(compileStream(net))`. Errors: `E_STREAM_NET`, those of `loadStream`. */
export function streamModel(net: Recurrent | StreamParts): StreamModel {
  return loadStream(compileStream(net));
}
