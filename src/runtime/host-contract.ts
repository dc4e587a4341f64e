/**
 * What the runtime asks of the program it runs in: `#host` is src/node/host.ts in Node and host-web.ts elsewhere, and
 * both export one `host`.
 */
export interface Host {
  /** What to call this host in a report, e.g. "Node 20.19.0" or "a browser page". */
  readonly hostName: string;
  readonly isNode: boolean;
  /** Whether this thread may sleep in `Atomics.wait`; a page may not. */
  readonly canBlock: boolean;
  /** Whether workers come up while this thread sleeps; in browsers they need its event loop. */
  readonly startsWorkersSync: boolean;
  /** Why memory cannot be shared between threads here; undefined where it can. */
  readonly whyNotShared: string | undefined;
  /** Base64 to bytes. */
  decodeBase64(text: string): Uint8Array<ArrayBuffer>;
  /** The kernels with fused multiply-add in base64; undefined where they are not at hand. */
  relaxedKernels(): string | undefined;
  /** Have them at hand from now on. */
  fetchRelaxedKernels(): Promise<unknown>;
  /** Processors that this process may use. */
  cores(): number;
  /**
   * Start a worker that does not keep the process alive.
   *
   * @param source the worker as a classic script that sets `onmessage`
   * @param data given to its `onmessage`
   * @param url browsers: a module file to load instead of `source`, where a policy forbids scripts made of text
   * @param onError called with words if the worker breaks outside of a job
   */
  startWorker(source: string, data: unknown, url: string | undefined, onError: (words: string) => void): WorkerHandle;
}

export interface WorkerHandle {
  terminate(): void;
}
