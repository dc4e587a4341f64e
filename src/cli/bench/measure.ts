/** How long a thing takes. */

/** When to stop measuring. */
export interface MeasureOptions {
  /** Seconds of timing to aim for, default 5; warming up takes another 15 % of it. */
  readonly budgetS?: number;
  /** Seconds after which nothing new is started, default 75. */
  readonly hardS?: number;
}

/** Milliseconds of each run, ascending. */
export function measure(run: () => unknown, { budgetS = 5, hardS = 75 }: MeasureOptions = {}): number[] {
  const start = performance.now();
  const spent = (): number => (performance.now() - start) / 1000;
  for (let i = 0; (i < 2 || (i < 50 && spent() < 0.15 * budgetS)) && spent() < hardS / 3; i++) run();

  const times: number[] = [];
  const first = performance.now();
  for (;;) {
    const before = performance.now();
    run();
    const after = performance.now();
    times.push(after - before);
    const enough = times.length >= 5 && after - first > budgetS * 1000;
    if (enough || times.length >= 1000 || spent() + (after - before) / 1000 > hardS) break;
  }
  return times.sort((a, b) => a - b);
}

/** Milliseconds of each run of two things that take turns, so that both see the same neighbours; ascending. */
export function measureInTurns(
  first: () => unknown,
  second: () => unknown,
  { budgetS = 5, hardS = 75 }: MeasureOptions = {},
): [number[], number[]] {
  const times: [number[], number[]] = [[], []];
  const runs = [first, second];
  let start = performance.now();
  for (let turn = 0; ; turn++) {
    // The first turns warm up.
    if (turn === 2) start = performance.now();
    const spent = (performance.now() - start) / 1000;
    if (turn >= 7 && (spent > budgetS || turn >= 1000)) break;
    if (turn >= 3 && spent > hardS) break;
    // Who goes second finds the caches full of the other's numbers: that, too, takes turns.
    for (const i of turn % 2 === 0 ? [0, 1] : [1, 0]) {
      const before = performance.now();
      runs[i]();
      if (turn >= 2) times[i].push(performance.now() - before);
    }
  }
  for (const each of times) each.sort((a, b) => a - b);
  return times;
}

/** Milliseconds of each of up to 50,000 short runs, ascending; for steps of a stream. */
export function measureSteps(run: () => unknown, { budgetS = 5, hardS = 30 }: MeasureOptions = {}): number[] {
  const start = performance.now();
  for (let i = 0; i < 500 && performance.now() - start < 5000; i++) run();
  const times: number[] = [];
  const first = performance.now();
  for (let now = first; times.length < 50_000;) {
    const before = now;
    run();
    now = performance.now();
    times.push(now - before);
    const spent = (now - first) / 1000;
    if ((times.length > 1000 && spent > Math.min(budgetS, 5)) || spent > hardS) break;
  }
  return times.sort((a, b) => a - b);
}

/** The middle one of ascending numbers. */
export function median(ascending: readonly number[]): number {
  return ascending[ascending.length >> 1];
}
