/** The guides list every option of their task, from the table that the command line is made of. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { type Option, TASKS } from "../../src/tasks/index.js";

const root = join(import.meta.dirname, "../..");

/** A row of the table: what one types, what holds without it, what it is. */
function row(name: string, option: Option): string {
  const no = option.kind === "flag" && option.default ? "no-" : "";
  const flag = `--${no}${name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
  const normal = option.kind === "flag" || option.default === undefined ? "" : `${option.default}`;
  const words = option.kind === "word" && option.words.length < 12 ? `: ${option.words.join(", ")}` : "";
  return `| \`${flag}\` | ${normal} | ${`${option.doc}${words}`.replaceAll("|", "\\|")} |`;
}

const guides = Object.keys(TASKS).filter((task) => {
  try {
    return readFileSync(join(root, `docs/guide/${task}.md`), "utf8").includes("<!-- options of");
  } catch {
    return false;
  }
});

it.each(guides)("the guide to %s", async (task) => {
  const page = readFileSync(join(root, `docs/guide/${task}.md`), "utf8");
  const rows = Object.entries((await TASKS[task].load()).options).map(([name, option]) => row(name, option));
  const [, after] = page.split(`<!-- options of ${task} -->\n\n`);
  const table = ["| option | default | what it is |", "| --- | --- | --- |", ...rows, ""].join("\n");
  expect((after ?? "").slice(0, table.length)).toBe(table);
});

it("finds guides", () => {
  expect(guides.length).toBeGreaterThanOrEqual(2);
});
