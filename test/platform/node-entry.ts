/** `node node-entry.js '{"threads":2}'`: prints a training run as one line of JSON. */
import { trainingRun } from "./training-run.js";

console.log(JSON.stringify(await trainingRun(JSON.parse(process.argv[2] ?? "{}"))));
