/** The same in Node; prints JSON. */
import { dataRun } from "./data-run.js";

const { packed } = JSON.parse(process.argv[2]) as { packed: string };
console.log(JSON.stringify(await dataRun(packed)));
