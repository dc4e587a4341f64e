// File chores that several scripts share.
import { existsSync, mkdirSync, readFileSync, readdirSync, writeFileSync } from "node:fs";
import { dirname, join, relative, sep } from "node:path";
import { fileURLToPath } from "node:url";

/** Absolute path of the repository. */
export const root = fileURLToPath(new URL("..", import.meta.url));

/** Absolute path of a file named from the root with forward slashes. */
export const at = (path) => join(root, path);

/** All files below `folder` (from the root, forward slashes, sorted) whose name passes `keep`. */
export function listFiles(folder, keep = () => true, base = root) {
  const top = join(base, folder);
  if (!existsSync(top)) return [];
  return readdirSync(top, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && keep(entry.name))
    .map((entry) => relative(base, join(entry.parentPath, entry.name)).split(sep).join("/"))
    .sort();
}

/** Writes only if the content differs, so that watchers and incremental tools stay quiet. */
export function writeIfChanged(path, content) {
  const full = at(path);
  const bytes = Buffer.from(content);
  if (existsSync(full) && readFileSync(full).equals(bytes)) return false;
  mkdirSync(dirname(full), { recursive: true });
  writeFileSync(full, bytes);
  return true;
}
