/** `bench start`: how long a fresh process takes until its first training step, and until its first streamed one. */
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Embedding, Linear, LSTM } from "../../../nn/index.js";
import { compileStream } from "../../../stream/compile/index.js";
import { median } from "../measure.js";
import { columns } from "../profile/table.js";
import { ENTRIES, type FirstStep, firstStepProgram } from "./first-step.js";

/** The median of several processes. */
export interface StartLine extends FirstStep {
  readonly what: "train" | "stream";
  readonly processes: number;
}

/** Runs one process and returns what it prints. */
export type Spawn = (what: "train" | "stream", bundle: string) => string;

const WHAT = ["train", "stream"] as const;

/** Processes of each kind; one before them finds the files on the disk. */
const PROCESSES = 11;

/**
 * Start processes in turns and take medians, each figure for itself.
 *
 * The model is small (vocabulary and units 64), so that what is measured is the start. Errors: those of the processes.
 */
export function measureStart(processes: number = PROCESSES, spawn: Spawn = spawned): StartLine[] {
  const folder = mkdtempSync(join(tmpdir(), "hiddenstate-start-"));
  const bundle = join(folder, "model.bundle");
  const found: Record<(typeof WHAT)[number], FirstStep[]> = { train: [], stream: [] };
  try {
    writeFileSync(bundle, smallStream());
    for (let i = 0; i <= processes; i++) {
      for (const what of WHAT) {
        const line = JSON.parse(spawn(what, bundle)) as FirstStep;
        if (i > 0) found[what].push(line);
      }
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
  return WHAT.map((what) => {
    const middle = (of: keyof FirstStep): number => median(found[what].map((line) => line[of]).sort((a, b) => a - b));
    return {
      what,
      processes,
      import_ms: middle("import_ms"),
      step_ms: middle("step_ms"),
      process_ms: middle("process_ms"),
    };
  });
}

/** The network of the training process as a stream. */
function smallStream(): Uint8Array {
  return compileStream({
    embedding: new Embedding({ vocabularySize: 64, size: 64 }),
    recurrent: new LSTM({ inputSize: 64, hiddenSize: 64 }),
    output: new Linear({ inputSize: 64, outputSize: 64 }),
  });
}

function spawned(what: "train" | "stream", bundle: string): string {
  const addresses = Object.fromEntries(ENTRIES.map((name) => [name, import.meta.resolve(name)]));
  const words = ["--input-type=module", "--eval", firstStepProgram(what), bundle, JSON.stringify(addresses)];
  return execFileSync(process.execPath, words, { encoding: "utf8", timeout: 60_000 });
}

/** The lines as a table. */
export function startTable(lines: readonly StartLine[]): string {
  const cells = lines.map(({ what, processes, ...ms }) => [
    what === "train" ? "first training step" : "first streamed step",
    ...[ms.import_ms, ms.step_ms, ms.import_ms + ms.step_ms, ms.process_ms].map((each) => each.toFixed(1)),
    String(processes),
  ]);
  const head = ["median ms of fresh processes", "import", "first step", "both", "with the engine's start", "processes"];
  return columns([head, ...cells]).join("\n");
}
