import { spawn } from "node:child_process";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll } from "vitest";

/** The built command: what users run. */
export const MAIN = fileURLToPath(new URL("../../dist/cli/main.js", import.meta.url));

/** What a finished process leaves. */
export interface Finished {
  /** Exit code; null after a signal. */
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly out: string;
  readonly err: string;
}

/** How to run it. */
export interface CommandOptions {
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string>>;
  /** Called with all of standard output so far whenever more of it comes; may kill. */
  readonly watch?: (out: string, kill: (signal: NodeJS.Signals) => void) => void;
}

/** Run a program of the build in Node and wait for its end. */
export function runNode(file: string, args: readonly string[], options: CommandOptions = {}): Promise<Finished> {
  if (!existsSync(MAIN)) throw new Error("dist is not built: run `npm run build` first");
  const { cwd, env, watch } = options;
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [file, ...args], {
      cwd,
      env: { ...process.env, NO_COLOR: "1", ...env },
      stdio: ["ignore", "pipe", "pipe"],
    });
    let out = "";
    let err = "";
    child.stdout.setEncoding("utf8").on("data", (text: string) => {
      out += text;
      watch?.(out, (signal) => child.kill(signal));
    });
    child.stderr.setEncoding("utf8").on("data", (text: string) => (err += text));
    child.on("error", reject);
    child.on("close", (code, signal) => resolve({ code, signal, out, err }));
  });
}

/** Run `hiddenstate …`. */
export function hiddenstate(args: readonly string[], options?: CommandOptions): Promise<Finished> {
  return runNode(MAIN, args, options);
}

/** A folder that is gone after the tests of this file. */
export function temporaryFolder(): string {
  const folder = mkdtempSync(path.join(os.tmpdir(), "hiddenstate-"));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** A text with something to learn: about `lines`·26 characters. */
export function sampleText(lines: number): string {
  return Array.from({ length: lines }, (_, i) => `line ${i} says ${(i * 7919) % 97} and ${"abcdefgh"[i % 8]}.\n`).join(
    "",
  );
}
