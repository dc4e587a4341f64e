import { availableParallelism } from "node:os";
import { SHARE_ENV, Worker } from "node:worker_threads";
import { BASE64 as RELAXED } from "../runtime/generated/kernels-relaxed.js";
import type { Host } from "../runtime/host-contract.js";

/** Node as the runtime's host: workers start while the main thread sleeps, and never keep the process alive. */
export const host: Host = {
  hostName: `Node ${process.versions.node}`,
  isNode: true,
  canBlock: true,
  startsWorkersSync: true,
  whyNotShared: undefined,

  // A copy: small buffers share memory.
  decodeBase64: (text) => new Uint8Array(Buffer.from(text, "base64")),
  relaxedKernels: () => RELAXED,
  fetchRelaxedKernels: () => Promise.resolve(),
  cores: () => availableParallelism(),

  startWorker(source, data, _url, onError) {
    const script = `${source}\nglobalThis.onmessage({ data: require("node:worker_threads").workerData });`;
    // No flags of the parent: a loader meant for its own sources must not run in front of ours.
    const worker = new Worker(script, { eval: true, workerData: data, execArgv: [], env: SHARE_ENV });
    worker.on("error", (error) => onError(String(error)));
    worker.unref();
    return { terminate: () => void worker.terminate() };
  },
};
