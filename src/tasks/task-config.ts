import { configFormat, otherTask } from "../errors.js";
import type { DataIdentity, TaskConfig } from "./task.js";

/** `config.json` of a run, for tasks whose data is a `DataIdentity`. */
export interface TaskConfigFile<Options> extends TaskConfig<Options> {
  readonly format: "hiddenstate.config";
  readonly version: 1;
}

/** What `config.json` is to hold. */
export function taskConfig<Options>(
  task: string,
  options: Options,
  data: DataIdentity,
  valid?: DataIdentity,
): TaskConfigFile<Options> {
  const head = { format: "hiddenstate.config", version: 1, task } as const;
  return { ...head, options, data, ...(valid === undefined ? {} : { valid }) };
}

/**
 * Check the object that `config.json` is.
 *
 * @param task the task that reads it
 * @param complete checks its options
 * @throws E_RUN_VERSION for another version; E_RUN_TASK for another task; E_CONFIG for another format, or data that is not
 *   described; the errors of `complete`
 */
export function readTaskConfig<Options>(
  task: string,
  complete: (options: object) => Options,
  json: Readonly<Record<string, unknown>>,
): TaskConfigFile<Options> {
  const { format, version, options, data, valid } = json;
  if (format !== "hiddenstate.config") throw configFormat("format", format, "hiddenstate.config");
  if (version !== 1) throw configFormat("version", version, "1");
  if (typeof json.task !== "string") throw configFormat("task", json.task, task);
  if (json.task !== task) throw otherTask(null, json.task, task);
  if (typeof options !== "object" || options === null) throw configFormat("options", options, "an object");
  const checked = complete(options);
  return taskConfig(
    task,
    checked,
    identityOf("data", data),
    valid === undefined ? undefined : identityOf("valid", valid),
  );
}

/** The task that a `config.json` names. Errors: `E_CONFIG` for one that is not among `known`. */
export function taskNamed(json: Readonly<Record<string, unknown>>, known: readonly string[]): string {
  const { task } = json;
  if (typeof task !== "string" || !known.includes(task)) throw configFormat("task", task, `one of ${known.join(", ")}`);
  return task;
}

function identityOf(field: string, json: unknown): DataIdentity {
  const { source, fingerprint, counts, licence } = (json ?? {}) as Partial<DataIdentity>;
  if (typeof source !== "string" || typeof fingerprint !== "string" || typeof counts !== "object" || counts === null) {
    throw configFormat(field, JSON.stringify(json), "{ source, fingerprint, counts }");
  }
  return { source, fingerprint, counts, ...(licence === undefined ? {} : { licence: String(licence) }) };
}
