// TypeScript to one piece of JavaScript, in memory: for sources that a build step runs or embeds.
import { rolldown } from "rolldown";
import { at } from "./files.mjs";

/**
 * @param entry source file, named from the root
 * @param format "esm" to import the result, "iife" to run it as a classic script (a worker made of text)
 * @returns the code, minified if asked
 */
export async function bundle(entry, format, minify = false) {
  const build = await rolldown({
    input: at(entry),
    platform: "neutral",
    external: (id) => id.startsWith("node:"),
    resolve: { extensionAlias: { ".js": [".ts", ".js"] } },
    logLevel: "warn",
  });
  const { output } = await build.generate({ format, minify });
  await build.close();
  return output[0].code;
}

/** Runs a TypeScript module of the repository and returns its exports. */
export async function importSource(entry) {
  const code = await bundle(entry, "esm");
  return import(`data:text/javascript;base64,${Buffer.from(code).toString("base64")}`);
}
