import { invalidValue, unknownOption } from "../errors.js";
import type { EventOf, TrainEvent } from "./events.js";

/**
 * What a program does at some events: a function for each type of event it cares about, called before the event is told.
 * One that returns "stop" ends the training as if its budget were spent.
 *
 * @example
 * const patient: Callback = { valid: ({ valid }) => (valid.loss < 0.1 ? "stop" : undefined) };
 */
export type Callback = {
  readonly [Type in LoopEventType]?: (event: EventOf<Type>) => void | "stop" | Promise<void | "stop">;
};

/** Notes are of what a training is wrapped in, not of the loop. */
type LoopEventType = Exclude<TrainEvent["type"], "note">;

const TYPES: readonly LoopEventType[] = ["start", "step", "sample", "valid", "checkpoint", "end"];

/**
 * Check callbacks before a training begins.
 *
 * @throws E_OPTION for a type of event that there is not; E_VALUE for what is no function
 */
export function checkCallbacks(callbacks: readonly Callback[]): void {
  if (!Array.isArray(callbacks)) throw invalidValue("train", "callbacks", "an array", typeof callbacks);
  for (const [place, callback] of callbacks.entries()) {
    for (const [type, action] of Object.entries(callback)) {
      if (!TYPES.includes(type as LoopEventType)) throw unknownOption(`train: callbacks[${place}]`, type, TYPES);
      if (action !== undefined && typeof action !== "function") {
        throw invalidValue("train", `callbacks[${place}].${type}`, "a function", typeof action);
      }
    }
  }
}

/** Call what cares about an event, one after the other; whether one of them asked to stop. */
export async function notify(callbacks: readonly Callback[], event: TrainEvent): Promise<boolean> {
  let stop = false;
  for (const callback of callbacks) {
    const action = callback[event.type as LoopEventType] as ((event: TrainEvent) => unknown) | undefined;
    if (action !== undefined && (await action(event)) === "stop") stop = true;
  }
  return stop;
}
