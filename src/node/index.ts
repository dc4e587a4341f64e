/** What only Node can do: run folders and text on disk. */
export { dataFolder } from "./data-cache.js";
export { download, type DownloadEvent, type DownloadOptions, type RemoteFile } from "./download.js";
export { type DataFiles, dataFiles } from "./data-files.js";
export { readTextData, type TextData } from "./files.js";
export { openFile } from "./open-file.js";
export { createRun, openRun, resumeRun } from "./run-store.js";
