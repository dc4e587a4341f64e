import { onOutputClosed } from "./broken-pipe.js";

/** Milliseconds in which a second signal is taken for the same key press: npm passes on what the terminal sent already. */
const SAME_PRESS = 300;

/**
 * A signal that Ctrl-C, SIGTERM and a closed output fire; a second Ctrl-C ends the process at once.
 *
 * @param tell called at the first Ctrl-C
 */
export function interruptible(tell: () => void): { readonly signal: AbortSignal; readonly release: () => void } {
  const controller = new AbortController();
  let first = 0;
  const stop = (): void => {
    const now = performance.now();
    if (first > 0 && now - first > SAME_PRESS) process.exit(130);
    if (first > 0) return;
    first = now;
    tell();
    controller.abort();
  };
  const quiet = onOutputClosed(() => controller.abort());
  process.on("SIGINT", stop).on("SIGTERM", stop);
  const release = (): void => {
    process.off("SIGINT", stop).off("SIGTERM", stop);
    quiet();
  };
  return { signal: controller.signal, release };
}
