/** A page that reads data when the test asks for it. */
import { dataRun, type DataRun } from "./data-run.js";

/** What the test calls in the page. */
export interface DataPage {
  readonly run: (packed: string) => Promise<DataRun & { readonly nodeGlobals: boolean }>;
}

const page: DataPage = {
  run: async (packed) => ({ ...(await dataRun(packed)), nodeGlobals: "Buffer" in globalThis }),
};

Object.assign(globalThis, { page });
