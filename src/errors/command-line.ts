/** What the command line says. */
import { HiddenstateError, knownText } from "./letter.js";

/** Words on the command line that mean nothing here. */
export function badUsage(what: string, known: readonly string[] = [], given = ""): HiddenstateError {
  const list = known.length > 0 ? ` ${knownText(given, known)}` : "";
  return new HiddenstateError("E_USAGE", `${what}.${list}`);
}

/** A layer asked for as a cell: it is one with a start of its own. */
export function layerNotCell(who: string, name: string, layer: string, cell: string): HiddenstateError {
  return new HiddenstateError(
    "E_USAGE",
    `${who}: there is no cell "${name}". ${layer} of hiddenstate/nn is the layer: the cell ${cell}, whose weights start in a way ` +
      `of their own. hiddenstate cells ${cell} shows the cell, hiddenstate cells all that there are.`,
  );
}

/**
 * What is wrong with one of several inputs.
 *
 * @param place where it stands, e.g. "standard input, line 7"
 */
export function inputAt(place: string, error: HiddenstateError): HiddenstateError {
  return new HiddenstateError(error.code, `${place}: ${error.message}`, { cause: error });
}

/** Flags of drawing beside a search. */
export function searchDrawsNothing(flags: readonly string[]): HiddenstateError {
  return new HiddenstateError(
    "E_USAGE",
    `hiddenstate generate: --beam searches and draws nothing, ${flags.join(", ")} cannot be given with it. Leave them ` +
      "out, or --beam.",
  );
}

/** A flag whose value is fixed by the run that is resumed. */
export function fixedByRun(flags: readonly string[]): HiddenstateError {
  return new HiddenstateError(
    "E_USAGE",
    `--resume goes on with the settings of the run: ${flags.join(", ")} cannot be given with it. Leave them out, or ` +
      "start a new run without --resume.",
  );
}

/** The terminal, file or pipe that standard output goes to refuses it. */
export function outputFailed(cause: unknown): HiddenstateError {
  const reason = cause instanceof Error ? cause.message : String(cause);
  return new HiddenstateError(
    "E_OUTPUT",
    `hiddenstate: the output cannot be written: ${reason}. Send it to another place.`,
    { cause },
  );
}

/** The text that comes with the package is not there. */
export function defaultTextMissing(cause: unknown): HiddenstateError {
  return new HiddenstateError(
    "E_DEFAULT_TEXT",
    "train: the text that comes with hiddenstate is not in this installation. Give a text of your own with --data, or " +
      "build the package again (npm run build).",
    { cause },
  );
}

/** A workload whose numbers are not those that everybody else computes: it is not timed. */
export function benchDisagrees(
  workload: string,
  whom: string,
  expected: readonly number[],
  received: readonly number[],
  tolerance: number,
): HiddenstateError {
  return new HiddenstateError(
    "E_BENCH_NUMBERS",
    `bench: ${workload} computes ${received.join(", ")} where ${whom} gives ${expected.join(", ")} (allowed: a relative ` +
      `difference of ${tolerance}). Nothing was timed; find the mistake with the contract tests first.`,
  );
}
