// Starts the tools that the scripts chain together.
import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { at, root } from "./files.mjs";

const TOOLS = {
  tsc: "node_modules/@typescript/native/bin/tsc",
  oxlint: "node_modules/oxlint/bin/oxlint",
  oxfmt: "node_modules/oxfmt/bin/oxfmt",
  vitest: "node_modules/vitest/vitest.mjs",
};

/**
 * Runs a tool of TOOLS, or a script named from the root, in this Node.
 *
 * @param quiet collect the output instead of showing it
 * @returns its exit code and, if quiet, what it printed
 */
export function runNode(tool, args = [], { quiet = false, env = {} } = {}) {
  const script = at(TOOLS[tool] ?? tool);
  if (!existsSync(script)) {
    const output = `${TOOLS[tool] ?? tool} is missing: run npm ci first.\n`;
    if (!quiet) process.stderr.write(output);
    return Promise.resolve({ code: 1, output });
  }
  return new Promise((resolve) => {
    const child = spawn(process.execPath, [script, ...args], {
      cwd: root,
      env: { ...process.env, ...env },
      stdio: quiet ? ["ignore", "pipe", "pipe"] : "inherit",
    });
    // Ctrl-C reaches the whole process group; a SIGTERM reaches only us.
    const forward = () => child.kill("SIGTERM");
    process.on("SIGTERM", forward);
    let output = "";
    child.stdout?.on("data", (chunk) => (output += chunk));
    child.stderr?.on("data", (chunk) => (output += chunk));
    child.on("error", (error) => resolve({ code: 1, output: `${output}${error.message}\n` }));
    child.on("close", (code) => {
      process.off("SIGTERM", forward);
      resolve({ code: code ?? 1, output });
    });
  });
}
