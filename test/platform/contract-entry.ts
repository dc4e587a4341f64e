/** `node contract-entry.js '{"precision":"fast"}'`: the contract on every cell of the library, as one line of JSON. */
import { start, type RuntimeReport, type StartOptions } from "hiddenstate";
import { CELLS } from "hiddenstate/nn";
import { cellContract } from "hiddenstate/testing";

export interface ContractRun {
  /** Names of the checks that held, as "lstm: …". */
  readonly held: string[];
  /** What the others said. */
  readonly broken: string[];
  readonly report: RuntimeReport;
}

const options = JSON.parse(process.argv[2] ?? "{}") as StartOptions;
const { report } = await start(options).then((machine) => ({ report: machine.report() }));
const held: string[] = [];
const broken: string[] = [];
for (const cell of Object.values(CELLS)) {
  for (const { name, run } of cellContract(cell)) {
    try {
      run();
      held.push(`${cell.name}: ${name}`);
    } catch (error) {
      broken.push(`${cell.name}: ${name}: ${String(error)}`);
    }
  }
}
console.log(JSON.stringify({ held, broken, report } satisfies ContractRun));
