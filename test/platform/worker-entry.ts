/** A dedicated web worker that trains when told to: where a web application would train. */
import type { StartOptions } from "hiddenstate";
import { trainingRun } from "./training-run.js";

self.onmessage = async ({ data }: MessageEvent<StartOptions>) => {
  try {
    self.postMessage({ run: await trainingRun(data) });
  } catch (error) {
    self.postMessage({ error: String(error) });
  }
};
