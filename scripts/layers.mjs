// The rule of imports, as data and one pure function; check-layers.mjs applies it to the tree.

/** The rooms of src in order. A room imports only rooms of earlier rows: those in one row do not know each other. */
export const LAYERS = [
  ["errors"],
  ["runtime"],
  ["tensor"],
  ["cell"],
  ["nn", "optim"],
  ["data", "decode", "metrics", "io"],
  ["train", "stream", "inspect"],
  ["tasks"],
  ["testing"],
  ["node"],
  ["serve"],
  ["cli"],
];

/** The only rooms that may import `node:*`; everything before them runs in a browser. */
export const NODE_ROOMS = ["node", "serve", "cli"];

/** Longest file a person is asked to read. */
export const MAX_LINES = 500;

const rankOf = new Map(LAYERS.flatMap((row, rank) => row.map((room) => [room, rank])));
// The front door stands after the last room that runs in a browser, and nobody inside enters through it.
const FRONT_DOOR = rankOf.get("node") - 0.5;

/** `src/nn/cells/lstm.ts` → "nn"; a file directly in src is its own room. */
export function roomOf(path) {
  const parts = path.split("/");
  return parts.length === 2 ? parts[1].replace(/(\.d)?\.ts$/, "") : parts[1];
}

/** The text without comments, lines kept. Only whole-line `//` comments go: a URL in a string must survive. */
export function withoutComments(text) {
  return text.replace(/\/\*[\s\S]*?\*\//g, (comment) => comment.replace(/[^\n]/g, " ")).replace(/^\s*\/\/.*$/gm, "");
}

/** Every module name that `text` imports, statically, dynamically or as a type. */
export function importsOf(text) {
  const code = withoutComments(text);
  const patterns = [
    /(?:^|[;}\n])\s*(?:import|export)\b[^"'`;]*?\bfrom\s*["']([^"']+)["']/g,
    /(?:^|[;}\n])\s*import\s*["']([^"']+)["']/g,
    /\bimport\s*\(\s*["']([^"']+)["']/g,
  ];
  return patterns.flatMap((pattern) => Array.from(code.matchAll(pattern), (match) => match[1]));
}

/**
 * What is wrong with one source file.
 *
 * @param path from the root, e.g. `src/nn/linear.ts`
 * @param text its content
 * @param packages names that the published package may import (dependencies and peers)
 * @returns complaints in words; none for a good file
 */
export function fileComplaints(path, text, packages = []) {
  const complaints = [];
  const generated = path.includes("/generated/");
  const lines = text.split("\n").length - 1;
  if (lines > MAX_LINES && !generated) complaints.push(`${lines} lines: split it, the limit is ${MAX_LINES}`);
  if (path.endsWith(".test.ts")) return complaints;

  const room = roomOf(path);
  const rank = room === "index" ? FRONT_DOOR : rankOf.get(room);
  if (rank === undefined) return [...complaints, `room "${room}" is not in the order of scripts/layers.mjs`];

  for (const name of importsOf(text)) {
    const problem = importProblem(path, room, rank, name, packages);
    if (problem !== undefined) complaints.push(`imports "${name}": ${problem}`);
  }
  // Math.pow is the linter's; this is the same function in another dress. Two literals are folded exactly.
  if (!NODE_ROOMS.includes(room) && !generated && hasPower(text))
    complaints.push("uses ** : engines disagree, use pow");
  return complaints;
}

function hasPower(text) {
  const code = withoutComments(text)
    .replace(/"(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*'|`(?:[^`\\]|\\.)*`/g, '""')
    .replace(/\/\/.*$/gm, "");
  return /\*\*/.test(code.replace(/\b\d+\s*\*\*\s*-?\d+/g, ""));
}

function importProblem(path, room, rank, name, packages) {
  if (name.startsWith(".")) {
    const target = resolve(path, name);
    if (!target.startsWith("src/")) return "leaves src";
    const other = roomOf(target.replace(/\.js$/, ".ts"));
    if (other === room) return undefined;
    if (other === "index") return "the front door is for users; import the room itself";
    const otherRank = rankOf.get(other);
    if (otherRank === undefined) return `room "${other}" is not in the order of scripts/layers.mjs`;
    if (otherRank === rank) return `${room} and ${other} stand side by side and do not know each other`;
    return otherRank < rank ? undefined : `${room} comes before ${other}`;
  }
  if (name === "#host") return room === "runtime" ? undefined : "only src/runtime knows the host";
  if (name.startsWith("node:")) {
    return NODE_ROOMS.includes(room) ? undefined : `only ${NODE_ROOMS.map((r) => `src/${r}`).join(", ")} know Node`;
  }
  const owner = name
    .split("/")
    .slice(0, name.startsWith("@") ? 2 : 1)
    .join("/");
  return packages.includes(owner) ? undefined : "not a dependency of the published package";
}

function resolve(from, name) {
  const parts = from.split("/").slice(0, -1);
  for (const part of name.split("/")) {
    if (part === "..") parts.pop();
    else if (part !== ".") parts.push(part);
  }
  return parts.join("/");
}
