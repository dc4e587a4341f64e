// The rooms in few files, for Node: it opens and links some 150 small ones three times as slowly. Bundlers get one file per
// source instead, of which they leave out what a program does not use.
import { rmSync, writeFileSync } from "node:fs";
import { rolldown } from "rolldown";
import { DOORS, gatheredName } from "./doors.mjs";
import { at, listFiles } from "./files.mjs";

const COMMAND = "cli/main";

/**
 * Writes `gathered/` into a fresh dist: a file for each door, one for the command and one for each of its commands, and
 * what they share. Of `cli/` the command's own file stays, which leads there.
 */
export async function gather(dist) {
  const entries = [...DOORS.map(([, path]) => path), COMMAND];
  const build = await rolldown({
    cwd: at(dist),
    input: Object.fromEntries(entries.map((path) => [gatheredName(path), `./${path}.js`])),
    platform: "node",
    external: /^(?!#host$)[^./]/,
    plugins: [{ name: "host", resolveId: (id) => (id === "#host" ? at(`${dist}/node/host.js`) : null) }],
    logLevel: "warn",
  });
  await build.write({ dir: at(`${dist}/gathered`), format: "esm", chunkFileNames: "[name]-[hash].js" });
  await build.close();
  for (const path of listFiles(`${dist}/cli`, (name) => name.endsWith(".js"))) rmSync(at(path));
  writeFileSync(
    at(`${dist}/${COMMAND}.js`),
    `#!/usr/bin/env node\nimport "../gathered/${gatheredName(COMMAND)}.js";\n`,
  );
}
