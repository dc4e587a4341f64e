/** Training: the events a run tells, and the seam through which it saves. */
export type {
  CheckpointEvent,
  EndEvent,
  EventOf,
  SampleEvent,
  Score,
  StartEvent,
  StepEvent,
  TrainEvent,
  ValidEvent,
} from "./events.js";
export type { RunReader, RunStore } from "./run-store.js";
