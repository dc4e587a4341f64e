/** Files to records, as they come: every reader takes a `FileSource` and names file and line of what it cannot read. */
export { type ConllOptions, readConll, type TaggedSentence } from "./conll.js";
export { type ConlluSentence, type ConlluWord, type EmptyNode, type MultiwordToken, readConllu } from "./conllu.js";
export { type CsvOptions, type CsvRecord, readCsv } from "./csv.js";
export { type JsonlRecord, readJsonl } from "./jsonl.js";
export { type LabelledOptions, type LabelledText, readClassFiles, readClassFolders, readLabelled } from "./labelled.js";
export { type Line, readLines, type TextOptions } from "./lines.js";
export { type ParallelLine, readParallel } from "./parallel.js";
export { type LabelledSeries, readSktime } from "./sktime.js";
export { collect, Skipped, type SkipOptions } from "./skipped.js";
