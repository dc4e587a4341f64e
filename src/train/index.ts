/** Training: the loop, the events it tells, and the seam through which it saves. */
export { type Budget, budgetOf, totalSteps } from "./budget.js";
export { restoreCheckpoint, saveCheckpoint, type Progress, type Updates } from "./checkpoint.js";
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
export { trainingLoop, type LoopOptions } from "./loop.js";
export { Breather } from "./macrotask.js";
export { MemoryRun } from "./memory-run.js";
export type { RunReader, RunStore } from "./run-store.js";
export { scoreOf } from "./score.js";
export { jsonToBytes, readJsonObject, readTensors, tensorsToBytes } from "./tensor-files.js";
export type { StepResult, Trainee, TraineeCheckpoint } from "./trainee.js";
export { Training } from "./training.js";
