import os from "node:os";
import path from "node:path";

/**
 * The folder where fetched data is kept: `HIDDENSTATE_DATA` if that is set, else `hiddenstate/data` in the user's cache, which
 * is `XDG_CACHE_HOME`, or what the system has for it (`~/.cache`, `~/Library/Caches`, `%LOCALAPPDATA%`).
 *
 * @param env default the process's own
 * @param platform default this one
 */
export function dataFolder(
  env: Readonly<Record<string, string | undefined>> = process.env,
  platform: NodeJS.Platform = process.platform,
  home = os.homedir(),
): string {
  const { HIDDENSTATE_DATA: own, XDG_CACHE_HOME: xdg, LOCALAPPDATA: local } = env;
  if (own !== undefined && own !== "") return path.resolve(own);
  return path.join(cacheOf(xdg, local, platform, home), "hiddenstate", "data");
}

function cacheOf(xdg: string | undefined, local: string | undefined, platform: NodeJS.Platform, home: string): string {
  // The specification has relative paths ignored.
  if (xdg !== undefined && path.isAbsolute(xdg)) return xdg;
  if (platform === "win32" && local !== undefined && local !== "") return local;
  return platform === "darwin" ? path.join(home, "Library", "Caches") : path.join(home, ".cache");
}
