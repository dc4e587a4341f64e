/**
 * When each value of one section (hoist, forward, backward, sink) is computed.
 *
 * A *position* is one pass of one stage, `stage · PASSES + pass`: a linear map, a mean over rows and a call open the next stage
 * after their input, a row reduction the next pass after its argument. Forward values are computed as late as their users allow (nothing is
 * held in memory for later); values that depend on the incoming gradient as early as possible (one stored product
 * instead of two saved factors). A row reduction has its own place in the pass that adds it up, and can be read from the
 * next one on. Cheap values that several passes read are computed again in each, where that reads no more rows.
 */
import { argumentsOf, isMadeInPlace, isNumber, type Graph, type Node, type NodeId } from "./graph.js";
import { CHEAP } from "./rules.js";

/** Passes one stage may have. */
export const PASSES = 16;
export const stageOf = (position: number): number => Math.floor(position / PASSES);

export interface ScheduleRequest {
  readonly graph: Graph;
  /** Values that must be computed; linear maps on the way bring their inputs along. */
  readonly roots: Iterable<NodeId>;
  /** Values that lie in memory when the section starts. */
  readonly available: (id: NodeId) => boolean;
  /** Whether a value is computed as soon as possible rather than as late as its users allow. */
  readonly eager: (id: NodeId) => boolean;
}

export interface Schedule {
  /** Linear maps of the section, ascending. */
  readonly linears: readonly NodeId[];
  /** Means over rows of the section, ascending. */
  readonly columnMeans: readonly NodeId[];
  /** Calls of the section, ascending. */
  readonly calls: readonly NodeId[];
  /** Where a value is computed; a linear map and its blocks, a mean over rows, a call: the first position that may read it. */
  readonly position: ReadonlyMap<NodeId, number>;
  /** The positions that read a value (leaves included). */
  readonly uses: ReadonlyMap<NodeId, ReadonlySet<number>>;
  /** Values without a position: computed wherever they are read. */
  readonly repeated: ReadonlySet<NodeId>;
}

/** How many rows may be read to spare one row that waits in memory. */
const ROWS_TO_REPEAT = 2;

/** True for arithmetic on one number per row: repeated wherever it is read. */
export function isRowScalar(graph: Graph, id: NodeId): boolean {
  const node = graph.node(id);
  return node.dim === null && (node.kind === "unary" || node.kind === "binary" || node.kind === "select");
}

export function schedule({ graph, roots, available, eager }: ScheduleRequest): Schedule {
  const reached = reach(graph, roots, available);
  const linears = [...reached].filter((id) => graph.node(id).kind === "linear").sort((a, b) => a - b);
  const wanted = new Set<NodeId>(roots);
  const columnMeans = [...reached]
    .filter((id) => graph.node(id).kind === "columnMean" && !available(id))
    .sort((a, b) => a - b);
  const calls = [...reached].filter((id) => graph.node(id).kind === "call").sort((a, b) => a - b);
  const factors = new Set<NodeId>([...linears, ...columnMeans, ...calls].flatMap((id) => argumentsOf(graph.node(id))));

  const ready = new Map<NodeId, number>();
  const level = new Map<NodeId, number>();
  for (const id of [...reached].sort((a, b) => a - b)) {
    const node = graph.node(id);
    const after = Math.max(0, ...argumentsOf(node).map((arg) => ready.get(arg) ?? 0));
    const own = available(id) ? 0 : opensStage(node) ? (stageOf(after) + 1) * PASSES : roomAt(node.kind, after);
    level.set(id, own);
    ready.set(id, node.kind === "reduce" && !available(id) ? own + 1 : own);
  }

  const cheap = cheaply(graph, (id) => available(id) || isMadeInPlace(graph.node(id)) || wanted.has(id));
  const repeated = new Set<NodeId>();
  const position = new Map<NodeId, number>();
  const uses = new Map<NodeId, Set<number>>();
  const use = (id: NodeId, at: number): void => {
    const set = uses.get(id);
    if (set === undefined) uses.set(id, new Set([at]));
    else set.add(at);
  };
  for (const id of [...reached].sort((a, b) => b - a)) {
    if (available(id)) continue;
    const node = graph.node(id);
    const own = level.get(id) ?? 0;
    if (isNumber(node)) continue;
    if (node.kind === "linear" || node.kind === "block" || node.kind === "result") {
      position.set(id, own);
      continue;
    }
    if (node.kind === "columnMean" || node.kind === "call") {
      position.set(id, own);
      for (const arg of node.args) if (available(arg) || isMadeInPlace(graph.node(arg))) use(arg, own);
      continue;
    }
    const readers = uses.get(id) ?? new Set<number>();
    const waits = readers.size > 1 || (eager(id) && !readers.has(own));
    if (waits && !wanted.has(id) && !factors.has(id) && cheap(id)) repeated.add(id);
    if (isRowScalar(graph, id) || repeated.has(id)) {
      if (wanted.has(id) || factors.has(id)) {
        position.set(id, own);
        readers.add(own);
      }
      for (const arg of argumentsOf(node)) for (const at of readers) use(arg, at);
      continue;
    }
    const settled = factors.has(id) || eager(id) || readers.size === 0;
    const first = Math.min(...readers);
    let at = settled ? own : first;
    // A reduction is read one pass later, if the stage has one before its reader.
    if (node.kind === "reduce" && !settled) at = stageOf(first - 1) === stageOf(first) ? first - 1 : own;
    position.set(id, at);
    for (const arg of argumentsOf(node)) use(arg, at);
  }
  return { linears, columnMeans, calls, position, uses, repeated };
}

/** Whether a row is cheaply made of few rows that lie in memory, and of numbers. */
function cheaply(graph: Graph, inMemory: (id: NodeId) => boolean): (id: NodeId) => boolean {
  const known = new Map<NodeId, ReadonlySet<NodeId> | null>();
  const read = (id: NodeId): ReadonlySet<NodeId> | null => {
    const found = known.get(id);
    if (found !== undefined) return found;
    const rows = graph.node(id).dim === null ? new Set<NodeId>() : inMemory(id) ? new Set([id]) : made(id);
    known.set(id, rows);
    return rows;
  };
  const made = (id: NodeId): ReadonlySet<NodeId> | null => {
    const node = graph.node(id);
    const op = node.kind === "unary" || node.kind === "binary" ? node.op : node.kind;
    if (!(CHEAP as ReadonlySet<string>).has(op)) return null;
    const parts = argumentsOf(node).map(read);
    if (parts.includes(null)) return null;
    const rows = new Set(parts.flatMap((part) => [...part!]));
    return rows.size <= ROWS_TO_REPEAT ? rows : null;
  };
  return (id) => graph.node(id).dim !== null && made(id) !== null;
}

/** Whether a value is made for all rows before any row goes on. */
function opensStage({ kind }: Node): boolean {
  return kind === "linear" || kind === "columnMean" || kind === "call";
}

/** The position a value may have from `after` on: a reduction is read in its own stage, so it cannot end one. */
function roomAt(kind: string, after: number): number {
  return kind === "reduce" && stageOf(after + 1) !== stageOf(after) ? after + 1 : after;
}

/** Everything the roots need, down to what is available (included). */
function reach(graph: Graph, roots: Iterable<NodeId>, available: (id: NodeId) => boolean): Set<NodeId> {
  const reached = new Set<NodeId>();
  const open = [...roots];
  for (let id = open.pop(); id !== undefined; id = open.pop()) {
    if (reached.has(id)) continue;
    reached.add(id);
    if (!available(id)) open.push(...argumentsOf(graph.node(id)));
  }
  return reached;
}

/** The first position that may read a value. */
export function readyAt(graph: Graph, schedule: Schedule, id: NodeId): number {
  return (schedule.position.get(id) ?? 0) + (graph.node(id).kind === "reduce" ? 1 : 0);
}

/** The last position that reads a value, −1 if none does. */
export function lastUse(schedule: Schedule, id: NodeId): number {
  return Math.max(-1, ...(schedule.uses.get(id) ?? []));
}
