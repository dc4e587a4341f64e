/** Which line of the user's is being traced: what every mistake in a step is told with. */

/** The source line outside this room that is being traced, for error messages; empty where the engine has no stack. */
export function callerLine(): string {
  const engine: { stackTraceLimit?: number } = Error;
  const limit = engine.stackTraceLimit;
  // A word of the language may be written in others: the line that asked for it lies beyond the usual ten.
  engine.stackTraceLimit = 40;
  const lines = (new Error("trace").stack ?? "").split("\n").slice(1);
  engine.stackTraceLimit = limit;
  // Frames of built-in functions (Math.abs) have no line.
  const placed = lines.filter((line) => /:\d+:\d+\)?$/.test(line));
  // A package may gather the room in one file: what lies beside this function is not the caller's.
  const own = fileOf(placed[0] ?? "");
  const outside = placed.find(
    (line) =>
      fileOf(line) !== own &&
      !/[/\\]cell[/\\](symbol|unknown-name|caller-line|define|check-definition|inline-cell|graph|row-values|normalise|functions|delay|candidate|column-values|memory-values)\.[jt]s/.test(
        line,
      ),
  );
  return outside?.trim().replace(/^at /, "") ?? "";
}

/** The file of a line of a stack: `at f (file:///a/b.js:1:2)` or `at file:///a/b.js:1:2`. */
function fileOf(line: string): string {
  return line.replace(/:\d+:\d+\)?$/, "").replace(/^.*[( ]/, "");
}
