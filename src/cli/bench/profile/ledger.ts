/** Where the time of a step goes: one clock, and every moment on exactly one account. */

/** What is being computed; the order is that of the table. */
const GROUPS = [
  "embedding",
  "hoisted products",
  "recurrent products",
  "element-wise program",
  "output layer products",
  "loss",
  "recurrent products, backward",
  "element-wise program, backward",
  "sunk products",
  "weight gradients",
  "column sums",
  "packing",
  "optimizer",
  "waiting for threads",
  "everything else",
] as const;
export type Group = (typeof GROUPS)[number];

/** Work that does not depend on the machine. Bytes are those of operands and results, each counted once. */
export interface Work {
  readonly flops?: number;
  readonly read?: number;
  readonly written?: number;
}

/** One account. */
export interface Phase {
  readonly group: Group;
  /** The layer and stage, or in `everything else` what it is; "" where the group says it all. */
  readonly detail: string;
}

/** A phase with what one step spends on it. */
export interface Entry extends Phase, Required<Work> {
  ms: number;
}

const NOTHING: Work = {};

/** The accounts of one step after another. */
export class Ledger {
  #entries = new Map<string, Entry>();
  #last = 0;
  #first = 0;
  readonly #now: () => number;

  /** @param now milliseconds, of any origin */
  constructor(now: () => number = () => performance.now()) {
    this.#now = now;
  }

  /** Begin a step. */
  start(): void {
    this.#entries = new Map();
    this.#first = this.#last = this.#now();
  }

  /** What happened since the last look at the clock was `phase`, and did `work`. */
  lap(phase: Phase, work: Work = NOTHING): void {
    const now = this.#now();
    const entry = this.#entry(phase);
    entry.ms += now - this.#last;
    this.#last = now;
    if (work !== NOTHING) add(entry, work);
  }

  /** Work done by a phase whose time is booked elsewhere. */
  work(phase: Phase, work: Work): void {
    add(this.#entry(phase), work);
  }

  /** End a step: its accounts, the sum of which is its time. */
  end(): { ms: number; entries: Entry[] } {
    return { ms: this.#last - this.#first, entries: [...this.#entries.values()] };
  }

  #entry({ group, detail }: Phase): Entry {
    const key = `${group}/${detail}`;
    let entry = this.#entries.get(key);
    if (entry === undefined) {
      entry = { group, detail, ms: 0, flops: 0, read: 0, written: 0 };
      this.#entries.set(key, entry);
    }
    return entry;
  }
}

function add(entry: Entry, { flops = 0, read = 0, written = 0 }: Work): void {
  const into = entry as { -readonly [K in keyof Entry]: Entry[K] };
  into.flops += flops;
  into.read += read;
  into.written += written;
}

/** The mean step: every account over the number of steps, so that the accounts still sum to the mean time. */
export function meanStep(steps: readonly { ms: number; entries: readonly Entry[] }[]): {
  ms: number;
  entries: Entry[];
} {
  const sums = new Map<string, Entry>();
  for (const { entries } of steps) {
    for (const entry of entries) {
      const key = `${entry.group}/${entry.detail}`;
      const sum = sums.get(key) ?? { ...entry, ms: 0, flops: 0, read: 0, written: 0 };
      sum.ms += entry.ms / steps.length;
      add(sum, {
        flops: entry.flops / steps.length,
        read: entry.read / steps.length,
        written: entry.written / steps.length,
      });
      sums.set(key, sum);
    }
  }
  const entries = [...sums.values()].sort((a, b) => GROUPS.indexOf(a.group) - GROUPS.indexOf(b.group));
  return { ms: steps.reduce((sum, { ms }) => sum + ms / steps.length, 0), entries };
}
