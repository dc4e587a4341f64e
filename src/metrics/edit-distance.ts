/** What became of the places of a reference: kept, replaced, left out, or added to. */
export interface EditCounts {
  readonly hits: number;
  readonly substitutions: number;
  /** Places of the reference that the hypothesis lacks. */
  readonly deletions: number;
  /** Places of the hypothesis that the reference lacks. */
  readonly insertions: number;
}

/** One step of an alignment; a side that takes no part has no place. */
export interface EditStep {
  readonly kind: "hit" | "substitution" | "deletion" | "insertion";
  /** Place in the reference. */
  readonly reference?: number;
  /** Place in the hypothesis. */
  readonly hypothesis?: number;
}

/** How a cell of the table was reached. */
const DELETION = 0;
const INSERTION = 1;
const DIAGONAL = 2;

/**
 * The cheapest way from a reference to a hypothesis, every deletion, insertion and substitution costing 1.
 *
 * Several ways may be cheapest. What both share at their ends is kept first; then, from the end, a deletion is taken
 * where it can be, else an insertion where a substitution would cost more: the alignment that jiwer and rapidfuzz report.
 *
 * @param hypothesis M units
 * @param reference N units
 * @returns steps in reading order; memory is N·M bytes of what differs
 */
export function alignment<U>(hypothesis: ArrayLike<U>, reference: ArrayLike<U>): EditStep[] {
  const { from, rows, columns } = differing(hypothesis, reference);
  const ways = new Uint8Array((rows + 1) * (columns + 1)).fill(INSERTION, 0, columns + 1);
  walk(hypothesis, reference, from, rows, columns, (i, j, way) => (ways[i * (columns + 1) + j] = way));
  const steps: EditStep[] = [];
  const keep = (place: number, shift: number): void => {
    steps.push({ kind: "hit", reference: place, hypothesis: place + shift });
  };
  for (let place = reference.length - 1; place >= from + rows; place--) keep(place, columns - rows);
  for (let i = rows, j = columns; i > 0 || j > 0;) {
    const way = i === 0 ? INSERTION : j === 0 ? DELETION : ways[i * (columns + 1) + j];
    if (way !== INSERTION) i--;
    if (way !== DELETION) j--;
    if (way === DELETION) steps.push({ kind: "deletion", reference: from + i });
    else if (way === INSERTION) steps.push({ kind: "insertion", hypothesis: from + j });
    else {
      const kind = reference[from + i] === hypothesis[from + j] ? "hit" : "substitution";
      steps.push({ kind, reference: from + i, hypothesis: from + j });
    }
  }
  for (let place = from - 1; place >= 0; place--) keep(place, 0);
  return steps.reverse();
}

/** The counts of `alignment`, in memory for one row of its table. */
export function editCounts<U>(hypothesis: ArrayLike<U>, reference: ArrayLike<U>): EditCounts {
  const { from, rows, columns } = differing(hypothesis, reference);
  // Hits and deletions of the way to each cell say the rest: rows − both are substitutions, columns − the others insertions.
  const hits = new Int32Array(columns + 1);
  const deletions = new Int32Array(columns + 1);
  let [cornerHits, cornerDeletions] = [0, 0];
  walk(hypothesis, reference, from, rows, columns, (i, j, way, equal) => {
    if (j === 1) {
      [cornerHits, cornerDeletions] = [0, i - 1];
      deletions[0] = i;
    }
    const [aboveHits, aboveDeletions] = [hits[j], deletions[j]];
    if (way === DELETION) deletions[j]++;
    else if (way === INSERTION) [hits[j], deletions[j]] = [hits[j - 1], deletions[j - 1]];
    else [hits[j], deletions[j]] = [cornerHits + (equal ? 1 : 0), cornerDeletions];
    [cornerHits, cornerDeletions] = [aboveHits, aboveDeletions];
  });
  const kept = hits[columns];
  const left = columns === 0 ? rows : deletions[columns];
  const substitutions = rows - kept - left;
  return {
    hits: kept + reference.length - rows,
    substitutions,
    deletions: left,
    insertions: columns - kept - substitutions,
  };
}

/** Fill the table of distances row by row, saying of each inner cell how it is reached. */
function walk<U>(
  hypothesis: ArrayLike<U>,
  reference: ArrayLike<U>,
  from: number,
  rows: number,
  columns: number,
  visit: (i: number, j: number, way: number, equal: boolean) => void,
): void {
  const cost = Int32Array.from({ length: columns + 1 }, (_, j) => j);
  for (let i = 1; i <= rows; i++) {
    let corner = cost[0];
    cost[0] = i;
    for (let j = 1; j <= columns; j++) {
      const equal = reference[from + i - 1] === hypothesis[from + j - 1];
      const above = cost[j];
      const before = cost[j - 1];
      const best = Math.min(above + 1, before + 1, corner + (equal ? 0 : 1));
      visit(i, j, best === above + 1 ? DELETION : before < corner ? INSERTION : DIAGONAL, equal);
      corner = above;
      cost[j] = best;
    }
  }
}

/** What is left without the beginning and then the end that both share. */
function differing<U>(a: ArrayLike<U>, b: ArrayLike<U>): { from: number; rows: number; columns: number } {
  const shorter = Math.min(a.length, b.length);
  let from = 0;
  while (from < shorter && a[from] === b[from]) from++;
  let tail = 0;
  while (tail < shorter - from && a[a.length - 1 - tail] === b[b.length - 1 - tail]) tail++;
  return { from, rows: b.length - from - tail, columns: a.length - from - tail };
}
