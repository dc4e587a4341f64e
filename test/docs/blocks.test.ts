/**
 * What the documents show is what happens: every TypeScript block that is followed by a block of output is run against
 * the built package, and must print exactly that. A block whose first line is `// name.mjs` is that file: the programs of
 * its page find it beside them. In the guides every command of a shell block is run as well; the output, if the page shows it, is that of the last.
 */
import { execFile } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

const root = join(import.meta.dirname, "../..");
const run = promisify(execFile);
const pagesIn = (folder: string): string[] =>
  readdirSync(join(root, folder))
    .filter((name) => name.endsWith(".md"))
    .map((name) => `${folder}/${name}`);
const pages = ["README.md", ...pagesIn("docs"), ...pagesIn("docs/guide")];

interface Block {
  readonly page: string;
  readonly line: number;
  /** Of a program; empty for commands. */
  readonly file: string;
  readonly program: string;
  /** What it prints; undefined where the page does not say. */
  readonly output?: string;
}

/** ```ts … ``` or ```sh … ```, and ```text … ``` if that follows directly. */
function blocksOf(page: string): Block[] {
  const text = readFileSync(join(root, page), "utf8");
  return [...text.matchAll(/^```(ts|sh)\n(.*?)^```$(?:\n\n```text\n(.*?)^```$)?/gms)].flatMap((match) => {
    const [, language, program, output] = match as unknown as [string, string, string, string | undefined];
    const line = text.slice(0, match.index).split("\n").length;
    if (language === "sh") return page.startsWith("docs/guide/") ? [{ page, line, file: "", program, output }] : [];
    const [, file = `program-${line}.mjs`] = /^\/\/ (\S+\.mjs)\n/.exec(program) ?? [];
    return [{ page, line, file, program, output }];
  });
}

const blocks = pages.flatMap(blocksOf);
const shown = blocks.filter(({ output, file }) => output !== undefined || file === "");

it("finds the programs of the README, and every block of the guide to cells", () => {
  expect(shown.filter(({ page }) => page === "README.md").length).toBeGreaterThanOrEqual(1);
  const guide = blocks.filter(({ page }) => page === "docs/add-a-cell.md");
  const idle = guide.filter(({ file, output }) => {
    return output === undefined && !guide.some(({ program }) => program.includes(`"./${file}"`));
  });
  expect(guide.length).toBeGreaterThanOrEqual(5);
  expect(idle).toEqual([]);
});

/** The programs of a shell block, each with its words: `npx hiddenstate …` and `node …`, quotes as in a shell. */
function commandsOf(script: string): string[][] {
  return script
    .trimEnd()
    .split("\n")
    .map((line) => {
      const words = Array.from(
        line.replace(/\s+#.*$/, "").matchAll(/"([^"]*)"|(\S+)/g),
        ([, quoted, bare]) => quoted ?? bare,
      );
      if (words[0] === "node") return words.slice(1);
      if (words[0] === "npx" && words[1] === "hiddenstate") return [join(root, "dist/cli/main.js"), ...words.slice(2)];
      throw new Error(`a guide may show node and npx hiddenstate alone, not: ${line}`);
    });
}

describe("programs print what the page says", () => {
  let folder: string;
  const placeOf = (page: string): string => join(folder, page.replaceAll("/", "-"));
  beforeAll(() => {
    // Inside the package, so that it finds itself by name.
    folder = mkdtempSync(join(root, "test/docs/run-"));
    for (const page of pages) mkdirSync(placeOf(page), { recursive: true });
    for (const { page, file, program } of blocks) if (file !== "") writeFileSync(join(placeOf(page), file), program);
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  // In the order of the page: a program may read what one before it wrote.
  it.each(shown)("$page:$line", { timeout: 120_000 }, async ({ page, file, program, output }) => {
    const cwd = placeOf(page);
    let printed = "";
    for (const words of file === "" ? commandsOf(program) : [[join(cwd, file)]]) {
      printed = (await run(process.execPath, words, { cwd, env: { ...process.env, NO_COLOR: "1" } })).stdout;
    }
    if (output !== undefined) expect(printed.trimEnd()).toBe(output.trimEnd());
  });
});
