// Lints with type information; warnings count, so that none stays.
import { runNode } from "./run.mjs";

const { code } = await runNode("oxlint", ["--type-aware", "--deny-warnings", ...process.argv.slice(2)]);
process.exitCode = code;
