/** Pages for people in the run folder, kept up to date while training goes on. */
import type {
  CheckpointEvent,
  EndEvent,
  RunStore,
  SampleEvent,
  Score,
  StartEvent,
  TrainEvent,
} from "../train/index.js";
import { pageFailed } from "../errors.js";
import type { Evaluation } from "./evaluation.js";
import { modelCard, type RunDescription } from "./model-card.js";
import { renderReport } from "./report/index.js";
import { reportOf } from "./run-report.js";
import type { Task } from "./task.js";

/** Whose pages they are. */
export interface RunSubject {
  readonly task: Pick<Task, "name" | "does" | "noun" | "program" | "headline" | "readConfig">;
  /** Score the finished model on what was held back; null without any. */
  evaluate?(): Promise<Evaluation | null>;
}

/** Share of a training's time that its pages may take: the log that they are made of grows with every step. */
const SHARE = 0.02;

/** The pages, by file name. */
const PAGES: Readonly<Record<string, (description: RunDescription) => string>> = {
  "README.md": modelCard,
  "report.html": (description) => renderReport(reportOf(description)),
};

/**
 * The same events; the pages are written at the end, and before it with a checkpoint, as long as that takes no time to
 * speak of. A page that cannot be made or written is told in a note, once for the same reason, and the training goes on.
 *
 * Errors: those of the events.
 */
export async function* withPages(
  events: AsyncIterable<TrainEvent>,
  store: RunStore | null,
  subject: RunSubject,
): AsyncGenerator<TrainEvent, void, undefined> {
  let start: StartEvent | undefined;
  /** When the next pages may be written before the end. */
  let due = 0;
  const samples: SampleEvent[] = [];
  const told = new Set<string>();
  for await (const event of events) {
    if (event.type === "start") start = event;
    else if (event.type === "sample") samples.push(event);
    else if (store !== null && start !== undefined && isTime(event, due)) {
      const began = performance.now();
      for (const text of await writePages(event, start, samples, store, subject)) {
        if (!told.has(text)) yield { type: "note", step: event.step, text };
        told.add(text);
      }
      due = performance.now() + (performance.now() - began) / SHARE;
    }
    yield event;
  }
}

/** Write the pages; what went wrong, in words. */
async function writePages(
  event: CheckpointEvent | EndEvent,
  start: StartEvent,
  samples: readonly SampleEvent[],
  store: RunStore,
  subject: RunSubject,
): Promise<string[]> {
  const problems: string[] = [];
  const attempt = async <Result>(page: string, action: () => Promise<Result>): Promise<Result | null> => {
    try {
      return await action();
    } catch (error) {
      problems.push(pageFailed(page, error).message);
      return null;
    }
  };
  const { task } = subject;
  const end = event.type === "end" ? event : null;
  const description = await attempt(Object.keys(PAGES).join(" and "), async (): Promise<RunDescription> => {
    const config = task.readConfig(start.config);
    const metrics = await store.readMetrics();
    return {
      task,
      config,
      start,
      step: event.step,
      reason: end?.reason ?? null,
      valid: validOf(metrics, end, config.options),
      evaluation: end === null || end.reason === "cancelled" ? null : ((await subject.evaluate?.()) ?? null),
      metrics,
      samples,
    };
  });
  if (description === null) return problems;
  for (const [name, page] of Object.entries(PAGES)) {
    await attempt(name, async () => store.putPage(name, new TextEncoder().encode(page(description))));
  }
  return problems;
}

function isTime(event: TrainEvent, due: number): event is CheckpointEvent | EndEvent {
  return event.type === "end" || (event.type === "checkpoint" && performance.now() >= due);
}

/** The score of the model that is kept, as the log has it: the last one, or in the end the best. */
function validOf(
  metrics: readonly Readonly<Record<string, unknown>>[],
  end: EndEvent | null,
  options: { readonly keep?: "last" | "best" },
): RunDescription["valid"] {
  const best = options.keep === "best" ? end?.best?.step : undefined;
  const line = metrics.findLast(({ step, valid }) => valid !== undefined && (best === undefined || step === best));
  return line === undefined ? null : { step: line.step as number, score: line.valid as Score };
}
