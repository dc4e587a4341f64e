import { otherTask } from "../errors.js";
import { openRun } from "../node/index.js";
import { type Task, type TaskConfig, type TaskModel } from "../tasks/task.js";
import { taskNamed } from "../tasks/task-config.js";
import { TASKS } from "../tasks/table.js";
import { readJsonObject } from "../train/index.js";

/** A trained model and the task that it was trained for. */
export interface Trained {
  readonly task: Task;
  readonly config: TaskConfig;
  readonly model: TaskModel;
}

/**
 * The model in a run, whatever its task. Errors: those of opening a run and of `Task.load`.
 *
 * @param named the task that it must be of; default any
 * @throws E_RUN_TASK for another task than the one named
 */
export async function openTrained(run: string, named?: string): Promise<Trained> {
  const reader = openRun(run);
  const json = readJsonObject("config.json", await reader.readDocument("config.json"));
  const name = taskNamed(json, Object.keys(TASKS));
  if (named !== undefined && named !== name) throw otherTask(run, name, named);
  const task = await TASKS[name].load();
  return { task, config: task.readConfig(json), model: await task.load(reader) };
}
