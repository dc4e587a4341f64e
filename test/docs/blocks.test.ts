/**
 * What the documents show is what happens: every TypeScript block that is followed by a block of output is run against
 * the built package, and must print exactly that. A block whose first line is `// name.mjs` is that file: the programs of
 * its page find it beside them.
 */
import { execFile } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

const root = join(import.meta.dirname, "../..");
const run = promisify(execFile);
const pages = [
  "README.md",
  ...readdirSync(join(root, "docs"))
    .filter((name) => name.endsWith(".md"))
    .map((name) => `docs/${name}`),
];

interface Block {
  readonly page: string;
  readonly line: number;
  readonly file: string;
  readonly program: string;
  /** What it prints; undefined where the page does not say. */
  readonly output?: string;
}

/** ```ts … ```, and ```text … ``` if that follows directly. */
function blocksOf(page: string): Block[] {
  const text = readFileSync(join(root, page), "utf8");
  return [...text.matchAll(/^```ts\n(.*?)^```$(?:\n\n```text\n(.*?)^```$)?/gms)].map((match) => {
    const [, program, output] = match as unknown as [string, string, string | undefined];
    const line = text.slice(0, match.index).split("\n").length;
    const [, file = `program-${line}.mjs`] = /^\/\/ (\S+\.mjs)\n/.exec(program) ?? [];
    return { page, line, file, program, output };
  });
}

const blocks = pages.flatMap(blocksOf);
const shown = blocks.filter(({ output }) => output !== undefined);

it("finds the programs of the README, and every block of the guide to cells", () => {
  expect(shown.filter(({ page }) => page === "README.md").length).toBeGreaterThanOrEqual(1);
  const guide = blocks.filter(({ page }) => page === "docs/add-a-cell.md");
  const idle = guide.filter(({ file, output }) => {
    return output === undefined && !guide.some(({ program }) => program.includes(`"./${file}"`));
  });
  expect(guide.length).toBeGreaterThanOrEqual(5);
  expect(idle).toEqual([]);
});

describe("programs print what the page says", () => {
  let folder: string;
  const placeOf = (page: string): string => join(folder, page.replaceAll("/", "-"));
  beforeAll(() => {
    // Inside the package, so that it finds itself by name.
    folder = mkdtempSync(join(root, "test/docs/run-"));
    for (const { page, file, program } of blocks) {
      mkdirSync(placeOf(page), { recursive: true });
      writeFileSync(join(placeOf(page), file), program);
    }
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  // In the order of the page: a program may read what one before it wrote.
  it.each(shown)("$page:$line", { timeout: 120_000 }, async ({ page, file, output }) => {
    const { stdout } = await run(process.execPath, [join(placeOf(page), file)], { cwd: placeOf(page) });
    expect(stdout.trimEnd()).toBe(output!.trimEnd());
  });
});
