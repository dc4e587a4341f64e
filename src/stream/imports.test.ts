import { readFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { expect, it } from "vitest";

const SRC = join(import.meta.dirname, "..");

/** The files that a module brings along, itself included; types cost nothing and do not count. */
function graph(file: string, seen = new Set<string>()): Set<string> {
  if (seen.has(file)) return seen;
  seen.add(file);
  const text = readFileSync(file, "utf8").replace(/^(import|export) type [^;]*;/gm, "");
  for (const [, name] of text.matchAll(/(?:from|import) "([^"]+)"/g)) {
    expect(name, `${file} imports`).toMatch(/^\./);
    graph(join(dirname(file), name.replace(/\.js$/, ".ts")), seen);
  }
  return seen;
}

it("the player brings along itself, its words and the layout of a frame", () => {
  const files = [...graph(join(SRC, "stream/index.ts"))].map((file) => relative(SRC, file));
  expect(files.filter((file) => !/^(stream\/|errors\b)/.test(file))).toEqual(["cell/frame.ts"]);
  expect(files.some((file) => file.startsWith("stream/compile"))).toBe(false);
});

it("the player uses nothing that an audio worklet lacks", () => {
  const absent = /\b(TextDecoder|TextEncoder|atob|btoa|fetch|setTimeout|Worker|performance|URL|Atomics)\b|\bimport\(/;
  for (const file of graph(join(SRC, "stream/index.ts"))) {
    const code = readFileSync(file, "utf8")
      .replace(/\/\*[\s\S]*?\*\//g, "")
      .replace(/"(?:[^"\\\n]|\\.)*"|`[^`]*`/g, "");
    expect(absent.exec(code)?.[0], file).toBeUndefined();
  }
});
