/** How a training is shown: for a person at a terminal, for a log, or for a program. */
import type { Writable } from "node:stream";
import type { EventOf, StepEvent, TrainEvent } from "../train/index.js";
import { clock, grouped } from "./figures.js";
import { scoreText } from "./score-text.js";

/** Takes the events of one training. */
export interface TrainingReport {
  event(event: TrainEvent): void;
  /** A line between events. */
  say(text: string): void;
}

/** A place to write that may be a terminal. */
export type Output = Writable & { readonly isTTY?: boolean; readonly columns?: number };

/** One JSON object per event, one per line: `{"event":"step", …}`. */
function jsonReport(out: Output): TrainingReport {
  return {
    event({ type, ...rest }) {
      out.write(`${JSON.stringify({ event: type, ...rest })}\n`);
    },
    say() {},
  };
}

/** What a step says in one line. */
function stepLine(
  { step, totalSteps, loss, metrics, predictionsPerSecond, etaSeconds }: StepEvent,
  unit: string,
): string {
  const of = totalSteps === null ? "" : `/${totalSteps}`;
  const left = etaSeconds === null ? "" : `  ${clock(etaSeconds)} left`;
  const more = Object.entries(metrics).map(([name, value]) => `  ${value.toFixed(3)} ${name}`);
  return `step ${step}${of}  loss ${loss.toFixed(3)}${more.join("")}  ${grouped(predictionsPerSecond)} ${unit}/s${left}`;
}

function validLine({ step, valid, best }: EventOf<"valid">): string {
  return `validation after step ${step}: ${scoreText(valid)}${best ? "" : " (not the best)"}`;
}

function sampleLines({ step, prompt, text }: EventOf<"sample">): string {
  const from = prompt === "" ? "" : `${prompt}\n→ `;
  return `--- it writes, after step ${step} ---\n${from}${text.trimEnd()}\n---`;
}

/** Lines for a log or a pipe: a step about every `seconds`, and everything that is not a step. */
function plainReport(out: Output, seconds = 5): TrainingReport {
  let next = 0;
  let unit = "predictions";
  const say = (text: string): void => void out.write(`${text}\n`);
  return {
    say,
    event(event) {
      if (event.type === "start") unit = event.unit;
      else if (event.type === "step") {
        const now = performance.now();
        if (now < next && event.step !== event.totalSteps) return;
        next = now + 1000 * seconds;
        say(stepLine(event, unit));
      } else if (event.type === "valid") say(validLine(event));
      else if (event.type === "sample") say(sampleLines(event));
      else if (event.type === "note") say(event.text);
    },
  };
}

const REDRAW_MS = 100;
const CLEAR = "\r\u001b[2K";

/** A bar that stays on the last line of a terminal, with the rest above it. */
function barReport(out: Output, colour: boolean): TrainingReport {
  let drawn = "";
  let next = 0;
  let unit = "predictions";
  let startSeconds: number | null = null;
  const say = (text: string): void => void out.write(`${drawn === "" ? "" : CLEAR}${text}\n${drawn}`);
  const dim = (text: string): string => (colour ? `\u001b[2m${text}\u001b[22m` : text);
  return {
    say,
    event(event) {
      if (event.type === "start") unit = event.unit;
      else if (event.type === "step") {
        const now = performance.now();
        if (now < next && event.step !== event.totalSteps) return;
        next = now + REDRAW_MS;
        startSeconds ??= event.etaSeconds;
        const share = event.totalSteps === null ? timeShare(event, startSeconds) : event.step / event.totalSteps;
        drawn = drawLine(share, stepLine(event, unit), out.columns);
        out.write(`${CLEAR}${drawn}`);
      } else if (event.type === "valid") say(validLine(event));
      else if (event.type === "sample") say(dim(sampleLines(event)));
      else if (event.type === "note") say(event.text);
      else if (event.type === "end" && drawn !== "") {
        drawn = "";
        out.write("\n");
      }
    },
  };
}

/** Without a number of steps, time is what passes; `first` is what was left at the first step. */
function timeShare({ etaSeconds }: StepEvent, first: number | null): number {
  return etaSeconds === null || !first ? 0 : Math.min(1, Math.max(0, 1 - etaSeconds / first));
}

/** Bar, percentage and words, as far as the terminal is wide: a line that wraps would leave pieces behind. */
function drawLine(share: number, words: string, columns = 0): string {
  // Some terminals say that they are 0 wide.
  const room = (columns > 0 ? columns : 80) - 1 - words.length;
  if (room < 6) return words.slice(0, words.length + room);
  const percent = room < 24 ? " " : ` ${String(Math.floor(100 * share)).padStart(3)} %  `;
  const width = Math.min(30, room - percent.length);
  const full = Math.round(share * width);
  return `${"█".repeat(full)}${"░".repeat(width - full)}${percent}${words}`;
}

/** The report that suits the output. */
export function reportFor(out: Output, json: boolean, env: NodeJS.ProcessEnv = process.env): TrainingReport {
  if (json) return jsonReport(out);
  if (out.isTTY !== true || env.TERM === "dumb") return plainReport(out);
  return barReport(out, env.NO_COLOR === undefined || env.NO_COLOR === "");
}
