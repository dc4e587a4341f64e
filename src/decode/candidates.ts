/** One way to go on: hypothesis number `parent` of a sentence, and a token. */
export interface Candidate {
  readonly parent: number;
  readonly token: number;
  /** Log-probability of the hypothesis with the token. */
  readonly total: number;
}

/** Whether `a` ranks before `b`: higher, or equal with the lower token, or also equal and of the better hypothesis. */
function before(a: Candidate, b: Candidate): boolean {
  if (a.total !== b.total) return a.total > b.total;
  return a.token !== b.token ? a.token < b.token : a.parent < b.parent;
}

/** The best few of many candidates, best first. */
export class CandidateList {
  readonly #limit: number;
  readonly items: Candidate[] = [];
  /** What is lower has no chance: asked before every offer, as there are as many as tokens. */
  floor = -Infinity;

  constructor(limit: number) {
    this.#limit = limit;
  }

  /** −Infinity is no candidate. */
  offer(parent: number, token: number, total: number): void {
    const { items } = this;
    if (total === -Infinity || total < this.floor) return;
    const candidate = { parent, token, total };
    let at = items.length;
    while (at > 0 && before(candidate, items[at - 1])) at--;
    if (at === this.#limit) return;
    items.splice(at, 0, candidate);
    if (items.length > this.#limit) items.pop();
    if (items.length === this.#limit) this.floor = items[this.#limit - 1].total;
  }
}
