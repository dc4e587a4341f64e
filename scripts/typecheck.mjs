// Type-checks every view of the code: the core without DOM and Node, everything as Node sees it, browser tests, consumers.
import { existsSync } from "node:fs";
import { at } from "./files.mjs";
import { runNode } from "./run.mjs";

const projects = [
  "tsconfig.core.json",
  "tsconfig.json",
  "test/platform/tsconfig.json",
  "test/types/tsconfig.json",
  "studio/tsconfig.json",
];

for (const project of projects.filter((path) => existsSync(at(path)))) {
  const { code } = await runNode("tsc", ["--project", project, "--pretty", "false"]);
  if (code !== 0) {
    console.error(`typecheck: ${project} does not pass`);
    process.exitCode = 1;
  }
}
