/**
 * What the documents show is what happens: every TypeScript block that is followed by a block of output is run against
 * the built package, and must print exactly that.
 */
import { execFile } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
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

interface Shown {
  readonly page: string;
  readonly line: number;
  readonly program: string;
  readonly output: string;
}

/** ```ts … ``` directly followed by ```text … ```. */
function shownIn(page: string): Shown[] {
  const text = readFileSync(join(root, page), "utf8");
  return [...text.matchAll(/^```ts\n(.*?)^```\n\n```text\n(.*?)^```$/gms)].map((match) => ({
    page,
    line: text.slice(0, match.index).split("\n").length,
    program: match[1],
    output: match[2],
  }));
}

const shown = pages.flatMap(shownIn);

it("finds the program of the README", () => {
  expect(shown.filter(({ page }) => page === "README.md").length).toBeGreaterThanOrEqual(1);
});

describe("programs print what the page says", () => {
  let folder: string;
  // Inside the package, so that it finds itself by name.
  beforeAll(() => void (folder = mkdtempSync(join(root, "test/docs/run-"))));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it.each(shown)("$page:$line", { timeout: 120_000 }, async ({ page, line, program, output }) => {
    const file = join(folder, `${page.replaceAll("/", "-")}-${line}.mjs`);
    writeFileSync(file, program);
    const { stdout } = await run(process.execPath, [file], { cwd: folder });
    expect(stdout.trimEnd()).toBe(output.trimEnd());
  });
});
