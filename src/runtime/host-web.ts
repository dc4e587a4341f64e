import { decodeBase64 } from "./base64.js";
import type { Host } from "./host-contract.js";

const scope = globalThis as { document?: unknown; importScripts?: unknown };

// A shared memory can be made anywhere, but only an isolated page may hand it to a worker: making one proves nothing.
function whyNotShared(): string | undefined {
  if (globalThis.crossOriginIsolated !== true) {
    return (
      "this page is not cross-origin isolated; serve it with the headers " +
      "Cross-Origin-Opener-Policy: same-origin and Cross-Origin-Embedder-Policy: require-corp"
    );
  }
  return typeof Worker === "undefined" ? "this host cannot start workers from here" : undefined;
}

function canBlock(): boolean {
  if (globalThis.crossOriginIsolated !== true) return false;
  try {
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 0);
    return true;
  } catch {
    return false;
  }
}

function hostName(): string {
  if (scope.document !== undefined) return "a browser page";
  return scope.importScripts !== undefined ? "a web worker" : "a host without Node and without a page";
}

function notLoaded(url: string | undefined): string {
  return url === undefined
    ? "its script could not be loaded (where a content security policy lacks worker-src blob:, pass workerUrl to start)"
    : `its script could not be loaded from workerUrl, ${url}`;
}

/** Few pages ask for them: bundlers make a file of them, which is loaded when one does. */
let relaxedKernels: string | undefined;

/** Browsers, their workers, worklets and edge runtimes as the runtime's host. */
export const host: Host = {
  hostName: hostName(),
  isNode: false,
  canBlock: canBlock(),
  startsWorkersSync: false,
  whyNotShared: whyNotShared(),

  decodeBase64,
  relaxedKernels: () => relaxedKernels,
  fetchRelaxedKernels: async () => (relaxedKernels = (await import("./generated/kernels-relaxed.js")).BASE64),
  cores: () => (typeof navigator === "undefined" ? undefined : navigator.hardwareConcurrency) ?? 1,

  startWorker(source, data, url, onError) {
    const blobUrl =
      url === undefined ? URL.createObjectURL(new Blob([source], { type: "text/javascript" })) : undefined;
    const type = url === undefined ? "classic" : "module";
    const worker = new Worker(url ?? (blobUrl as string), { type, name: "hiddenstate" });
    worker.onerror = (event) => {
      event.preventDefault();
      onError(event.message ?? notLoaded(url));
    };
    worker.postMessage(data);
    return {
      terminate() {
        worker.terminate();
        if (blobUrl !== undefined) URL.revokeObjectURL(blobUrl);
      },
    };
  },
};
