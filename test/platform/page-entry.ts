/** A page that trains, on its own thread or in a worker, when the test asks for it. */
import { start, type RuntimeReport, type StartOptions } from "hiddenstate";
import { trainingRun, type TrainingRun } from "./training-run.js";

/** What the test calls in the page. */
export interface Page {
  /** Start on the page's own thread, no more. */
  start(options: StartOptions): Promise<RuntimeReport>;
  /** On the page's own thread. */
  inPage(options: StartOptions, sync: boolean): Promise<TrainingRun>;
  /** In a dedicated worker. */
  inWorker(options: StartOptions): Promise<TrainingRun>;
}

const page: Page = {
  start: async (options) => (await start(options)).report(),

  inPage: trainingRun,

  inWorker(options) {
    const worker = new Worker("worker-entry.js", { type: "module" });
    return new Promise((resolve, reject) => {
      worker.onmessage = ({ data }: MessageEvent<{ run: TrainingRun } | { error: string }>) => {
        if ("run" in data) resolve(data.run);
        else reject(new Error(data.error));
      };
      worker.onerror = (event) => reject(new Error(`the worker did not load: ${event.message}`));
      worker.postMessage(options);
    });
  },
};

Object.assign(globalThis, { page });
