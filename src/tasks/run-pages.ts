/** Pages for people in the run folder, kept up to date while training goes on. */
import type { RunStore, SampleEvent, StartEvent, TrainEvent, ValidEvent } from "../train/index.js";
import type { Evaluation } from "./evaluation.js";
import { modelCard, type RunDescription } from "./model-card.js";
import type { Task } from "./task.js";

/** Whose pages they are. */
export interface RunSubject {
  readonly task: Pick<Task, "name" | "does" | "noun" | "program" | "headline" | "readConfig">;
  /** Score the finished model on what was held back; null without any. */
  evaluate?(): Promise<Evaluation | null>;
}

/** The pages, by file name. */
const PAGES: Readonly<Record<string, (description: RunDescription) => string>> = { "README.md": modelCard };

/**
 * The same events; the pages are written when a checkpoint is, and at the end.
 *
 * Errors: those of the events; `E_RUN_WRITE`.
 */
export async function* withPages(
  events: AsyncIterable<TrainEvent>,
  store: RunStore | null,
  subject: RunSubject,
): AsyncGenerator<TrainEvent, void, undefined> {
  let start: StartEvent | undefined;
  let valid: ValidEvent | undefined;
  const samples: SampleEvent[] = [];
  for await (const event of events) {
    if (event.type === "start") start = event;
    else if (event.type === "valid") valid = event;
    else if (event.type === "sample") samples.push(event);
    else if (store !== null && start !== undefined && (event.type === "checkpoint" || event.type === "end")) {
      const reason = event.type === "end" ? event.reason : null;
      const score = valid === undefined ? null : { step: valid.step, score: valid.valid };
      const evaluation = reason === null || reason === "cancelled" ? null : ((await subject.evaluate?.()) ?? null);
      const config = subject.task.readConfig(start.config);
      const metrics = await store.readMetrics();
      const { step } = event;
      const { task } = subject;
      const description = { task, config, start, step, reason, valid: score, evaluation, metrics, samples };
      for (const [name, page] of Object.entries(PAGES)) {
        await store.putPage(name, new TextEncoder().encode(page(description)));
      }
    }
    yield event;
  }
}
