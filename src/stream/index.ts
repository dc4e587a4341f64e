/**
 * Streams: recurrent networks one step at a time, synchronously and without allocation.
 *
 * This entry only plays bundles, and imports next to nothing; `hiddenstate/stream/compile` makes them.
 */
export { loadStream, streamCode, type LoadOptions, type SessionOptions, StreamModel } from "./model.js";
export { StreamMember, StreamPool } from "./pool.js";
export { StreamSession } from "./session.js";
export { decodeState, encodeState, type StreamState } from "./state.js";
export type { StreamModules } from "./machine.js";
