import path from "node:path";
import { dataFiles } from "../node/index.js";
import type { Task } from "../tasks/index.js";
import { packagedExample } from "./packaged-example.js";

/** Data, what a run calls it, and options that go with it. */
export interface OpenedData {
  readonly data: unknown;
  readonly source: string;
  /** Defaults that suit an example; none for data of one's own. */
  readonly options: object;
}

/** Several paths are one source. */
const BETWEEN = "\n";

/** The data in files or folders; without any, the example of the task. */
export async function openData(
  task: Task,
  paths: readonly string[] | undefined,
  options: object,
  note: (line: string) => void,
): Promise<OpenedData> {
  if (paths === undefined) {
    const packaged = packagedExample(task.name);
    if (packaged === undefined) return task.example();
    return { data: await task.read(packaged.files(), options), source: packaged.source, options: packaged.options };
  }
  const { files, folder } = dataFiles(paths);
  const data = await task.read(files, options, { folder, note });
  return { data, source: paths.map((each) => path.resolve(each)).join(BETWEEN), options: {} };
}

/** The paths of a source as a run names it; undefined for an example. */
export function pathsOf(task: Task, source: string): string[] | undefined {
  const example = packagedExample(task.name)?.source ?? task.example().source;
  return source === example ? undefined : source.split(BETWEEN);
}

/** A source as people read it. */
export function sourceText(source: string): string {
  return source.split(BETWEEN).join(", ");
}
