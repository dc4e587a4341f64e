/** `bench WORKLOAD --profile`: a table, or a line of JSON, for every phase of a workload that has a profile. */
import { badUsage } from "../../../errors.js";
import { runtime } from "../../../runtime/index.js";
import { checkGolden, checkReduced } from "../check.js";
import { supports } from "../models.js";
import { noteOf } from "../note.js";
import { begin, type BenchRequest } from "../run.js";
import { watch } from "./observe.js";
import { type Profile, profile } from "./profile.js";
import { profileTable } from "./table.js";

/** The line of JSON: the profile, with rates and times in full. */
export interface ProfileLine extends Profile {
  readonly peer: string;
  readonly version: string;
  readonly workload: string;
  readonly phase: string;
  readonly threads: number;
  readonly note: string;
}

/**
 * Check the numbers, then profile.
 *
 * @param print called for each phase as it is known
 * @returns the exit code, 0
 * @throws E_USAGE for what has no profile; E_BENCH_NUMBERS where numbers disagree; the errors of `runBench`
 */
export function runProfile(
  request: BenchRequest,
  print: (found: { readonly line: ProfileLine; readonly table: string }) => void,
): number {
  const { workloads, budgetS } = begin(request);
  // A stack of layers has steps T; a stream and an encoder with a decoder are something else.
  for (const { name, phase, kind } of workloads.filter((each) => each.T === undefined || !supports(each))) {
    const what = phase === "stream" ? phase : kind;
    throw badUsage(`bench: ${name} has no profile: there is one for training and inference of stacks, not for ${what}`);
  }
  for (const workload of workloads) {
    checkReduced(workload);
    const watched = watch(workload);
    checkGolden(workload, watched.bench.proof());
    const found = profile(watched, { budgetS });
    const { name, phase } = workload;
    const { threads } = runtime();
    const note = noteOf(runtime().report());
    print({
      line: { peer: "hiddenstate", version: request.version, workload: name, phase, threads, note, ...found },
      table: profileTable(`${name}, ${note}`, found, threads),
    });
  }
  return 0;
}
