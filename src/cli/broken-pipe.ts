/** What a reader that went away means: `hiddenstate … | head` ends quietly. */
import { outputFailed } from "../errors.js";

let closed = false;
const listeners = new Set<() => void>();

/** Take the error of a closed standard output for what it is; any other error of it (a full disk) ends the process. */
export function quietBrokenPipes(): void {
  for (const stream of [process.stdout, process.stderr]) {
    stream.on("error", (error: NodeJS.ErrnoException) => {
      if (error.code !== "EPIPE") {
        process.stderr.write(`error: ${outputFailed(error).message}\n`);
        process.exit(1);
      }
      closed = true;
      // With nobody to stop politely there is nothing left to do.
      if (listeners.size === 0) process.exit(0);
      for (const listener of listeners) listener();
    });
  }
}

/** Whether nobody reads any more. */
export function outputClosed(): boolean {
  return closed;
}

/** Be told instead of ended when nobody reads any more; returns the way back. */
export function onOutputClosed(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}
