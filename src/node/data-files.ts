import fs from "node:fs";
import path from "node:path";
import type { FileSource } from "../data/index.js";
import { dataEmpty } from "../errors.js";
import { listFiles, reading } from "./files.js";
import { openFile } from "./open-file.js";

/** Files of data, and the folder they were found in, if it was one. */
export interface DataFiles {
  readonly files: readonly FileSource[];
  readonly folder?: string;
}

/**
 * Files by path, or every file in a folder and the folders below, sorted by path; gzip is unpacked as it is read.
 *
 * @throws E_DATA_MISSING for a path that does not exist; E_DATA_EMPTY for a folder without a file; E_DATA_UNREADABLE where the
 *   system refuses
 */
export function dataFiles(paths: readonly string[]): DataFiles {
  const folders = paths.filter((each) => reading(each, () => fs.statSync(each)).isDirectory());
  const files = paths.flatMap((each) => {
    if (!folders.includes(each)) return [openFile(each)];
    const names = listFiles(each);
    if (names.length === 0) throw dataEmpty(each, true);
    return names.map((name) => openFile(path.join(each, name)));
  });
  return paths.length === 1 && folders.length === 1 ? { files, folder: folders[0] } : { files };
}
