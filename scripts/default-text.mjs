// The text that `hiddenstate train language` learns from when it is given none: this project's own documents and
// sources, one after the other in a fixed order. The build puts it into dist; nothing else knows it.
import { existsSync, readFileSync } from "node:fs";
import { at, listFiles } from "./files.mjs";

const DOCUMENTS = ["README.md", "ARCHITECTURE.md", "CONTRIBUTING.md", "CHANGELOG.md"];
const FOLDERS = ["docs", "kernels", "scripts", "src"];
/** Characters: more would only make the package larger. */
const LIMIT = 1_500_000;

/** The text; line ends are those of Unix on every system. */
export function defaultText() {
  const isText = (name) => /\.(ts|mjs|md)$/.test(name) && !/\.(d|test)\.ts$/.test(name);
  const sources = FOLDERS.flatMap((folder) => listFiles(folder, isText)).filter(
    (path) => !path.includes("/generated/"),
  );
  const documents = DOCUMENTS.filter((path) => existsSync(at(path)));
  const parts = [...documents, ...sources].map((path) => readFileSync(at(path), "utf8").replaceAll("\r\n", "\n"));
  return parts.join("\n").slice(0, LIMIT);
}
