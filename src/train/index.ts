/** Training: the loop, the events it tells, and the seam through which it saves. */
export { type Budget, budgetOf, totalSteps } from "./budget.js";
export type { Callback } from "./callbacks.js";
export { Calendar } from "./calendar.js";
export { restoreCheckpoint, saveCheckpoint, type Progress, type Updates } from "./checkpoint.js";
export { diagnose, type Diagnosis } from "./diagnosis.js";
export type {
  CheckpointEvent,
  EndEvent,
  EventOf,
  NoteEvent,
  Objective,
  SampleEvent,
  Score,
  StartEvent,
  StepEvent,
  TrainEvent,
  ValidEvent,
} from "./events.js";
export {
  ExampleTrainee,
  type ExampleLesson,
  type LossContext,
  type LossFunction,
  type LossResult,
} from "./example-trainee.js";
export { trainingLoop } from "./loop.js";
export type { LoopOptions, LoopSettings } from "./loop-options.js";
export { Breather } from "./macrotask.js";
export { MemoryRun } from "./memory-run.js";
export { MODEL_FILE, readParameters } from "./model-file.js";
export type { RunReader, RunStore } from "./run-store.js";
export { scoreBatches } from "./score-batches.js";
export { isBetter, scoreOf } from "./score.js";
export { jsonToBytes, readJsonObject, readTensors, tensorsToBytes } from "./tensor-files.js";
export type { Position, Sample, StepResult, Trainee, TraineeCheckpoint } from "./trainee.js";
export { train, type TrainData, type TrainLoss, type TrainOptions } from "./train.js";
export { Training } from "./training.js";
