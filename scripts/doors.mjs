// The ways into the package, from which package.json's exports and the files for Node are made.
import { existsSync } from "node:fs";
import { at } from "./files.mjs";

/** Rooms with a door of their own, `hiddenstate/<room>`, as soon as they have an index. */
const PUBLIC_ROOMS = [
  "nn",
  "cell",
  "optim",
  "data",
  "decode",
  "metrics",
  "train",
  "tasks",
  "stream",
  "io",
  "inspect",
  "testing",
  "node",
];

/** [what is imported, its module in src and in dist], in the order of the exports. */
export const DOORS = [
  [".", "index"],
  ...PUBLIC_ROOMS.map((room) => [`./${room}`, `${room}/index`]),
  // Streams are played by an entry of their own: it must not drag in what compiles them.
  ["./stream/compile", "stream/compile/index"],
].filter(([, path]) => existsSync(at(`src/${path}.ts`)));

/** The file of a module that Node enters by, in dist/gathered: `stream/compile/index` → "stream-compile". */
export const gatheredName = (path) => path.replace(/\/index$/, "").replaceAll("/", "-");
