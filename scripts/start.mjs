// `npm start`: builds, then trains a character model on the embedded text. Words after `--` go to the command.
import { existsSync } from "node:fs";
import { at } from "./files.mjs";
import { runNode } from "./run.mjs";

// Ctrl-C reaches the training itself, which saves and says so; this process only waits for it.
process.on("SIGINT", () => {});

async function start() {
  const build = await runNode("scripts/build.mjs");
  if (build.code !== 0) {
    console.error("start: the build failed, nothing was trained; the messages above say why.");
    return build.code;
  }
  if (!existsSync(at("dist/cli/main.js"))) {
    console.error("start: dist/cli/main.js was not built: src/cli/main.ts is missing.");
    return 1;
  }
  const extra = process.argv.slice(2);
  // About a minute, unless the words say when to end themselves.
  const ends = ["--steps", "--epochs", "--minutes", "--resume", "--help", "-h"];
  const told = extra.some((word) => ends.includes(word.split("=")[0]));
  return (await runNode("dist/cli/main.js", ["train", "language", ...(told ? [] : ["--minutes", "1"]), ...extra])).code;
}

process.exitCode = await start();
