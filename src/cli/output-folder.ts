import { existsSync } from "node:fs";
import path from "node:path";

/** A free folder for a new run: `runs/<name>`, or `runs/<name>-2`, … where that exists. */
export function freeRunFolder(name: string): string {
  for (let n = 1; ; n++) {
    const folder = path.join("runs", n === 1 ? name : `${name}-${n}`);
    if (!existsSync(folder)) return folder;
  }
}
