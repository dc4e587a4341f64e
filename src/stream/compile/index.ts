/** From a network to a stream: imports the whole library, and belongs where networks are trained. */
import type { Recurrent, Stack } from "../../nn/index.js";
import { StreamModel } from "../model.js";
import { bundleOf } from "./compile.js";
import type { StreamParts } from "./network.js";

export { compileStream } from "./compile.js";
export type { StreamParts } from "./network.js";
export { streamState } from "./stream-state.js";

/**
 * Compile a network and load it: `loadStream(compileStream(net))` without the bytes in between. Errors: `E_STREAM_NET`,
 * those of `loadStream`.
 */
export function streamModel(net: Recurrent | Stack | StreamParts): StreamModel {
  return new StreamModel(bundleOf(net));
}
