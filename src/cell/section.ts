/**
 * One section of a plan as stages of matrix products and passes, from a schedule and from where the values live.
 *
 * A value needed in a later pass than its own is read back from its slot; a value without one gets a spill slot. A row
 * reduction stays in a register for the rest of its stage, and needs a slot, one number wide, for later ones.
 */
import { badPlan } from "../errors.js";
import { argumentsOf, isMadeInPlace, type Graph, type NodeId } from "./graph.js";
import {
  ONE,
  type BufferKind,
  type Call,
  type ColumnMean,
  type Instruction,
  type Matmul,
  type Pass,
  type Slot,
  type Stage,
} from "./plan-format.js";
import { isRowScalar, lastUse, PASSES, readyAt, stageOf, type Schedule } from "./schedule.js";
import type { Storage } from "./storage.js";

/** Write a value to a slot, not before position `after`. */
export interface Store {
  readonly node: NodeId;
  readonly slot: Slot;
  readonly after?: number;
}

export interface SectionRequest {
  readonly graph: Graph;
  readonly storage: Storage;
  readonly schedule: Schedule;
  readonly available: (id: NodeId) => boolean;
  readonly stores: readonly Store[];
  /** The slot of a linear map's result and of its input, decided by the caller. */
  readonly linearOut: (linear: NodeId) => Slot;
  readonly linearIn: (linear: NodeId) => Slot;
  /** The slots of a mean over rows; absent in a section that has none. */
  readonly columnMean?: (id: NodeId) => ColumnMean;
  /** The slots of a call; absent in a section that has none. */
  readonly call?: (id: NodeId) => Call;
  /** Kind of the slots for values that pass from one pass to a later one. */
  readonly spill: BufferKind;
  readonly name: string;
}

export function buildSection(request: SectionRequest): Stage[] {
  const { graph, storage } = request;
  const { position, linears, columnMeans, calls, repeated } = request.schedule;
  const spills = spillStores(request);
  const stores = [...request.stores, ...spills];
  const positions = new Set<number>();
  const storePosition = (store: Store): number =>
    Math.max(store.after ?? 0, readyAt(graph, request.schedule, store.node));
  for (const store of stores) positions.add(storePosition(store));
  const reductions = [...position.keys()].filter((id) => graph.node(id).kind === "reduce");
  for (const id of reductions) positions.add(position.get(id) ?? 0);

  const openings = [...linears, ...columnMeans, ...calls].map((id) => position.get(id) ?? 0);
  const lastPosition = Math.max(-1, ...positions, ...openings);
  const stages: Stage[] = [];
  for (let s = 0; s <= stageOf(lastPosition); s++) {
    const matmuls: Matmul[] = linears
      .filter((id) => stageOf(position.get(id) ?? 0) === s)
      .map((id) => {
        const node = graph.node(id);
        if (node.kind !== "linear") throw badPlan(request.name, "a matrix product without a weight");
        return {
          out: request.linearOut(id),
          a: request.linearIn(id),
          weight: storage.weight(node.weight, node.transposed),
          accumulate: false,
        };
      });
    const means = columnMeans
      .filter((id) => stageOf(position.get(id) ?? 0) === s)
      .map((id) => {
        if (request.columnMean === undefined) throw badPlan(request.name, "a mean over rows outside the time loop");
        return request.columnMean(id);
      });
    const called = calls
      .filter((id) => stageOf(position.get(id) ?? 0) === s)
      .map((id) => {
        if (request.call === undefined) throw badPlan(request.name, "a call outside the time loop");
        return request.call(id);
      });
    const passes: Pass[] = [];
    const registers = new Map<NodeId, number>();
    let count = 0;
    for (let at = s * PASSES; at < (s + 1) * PASSES; at++) {
      if (!positions.has(at)) continue;
      const now = stores.filter((store) => storePosition(store) === at);
      const reduceNow = reductions.filter((id) => position.get(id) === at);
      const dimOf = (slot: Slot): string => storage.buffers[slot.buffer].dim;
      const reducedDim = (id: NodeId): string => graph.node(argumentsOf(graph.node(id))[0]).dim ?? "hidden";
      const dims = new Set([...now.map((store) => dimOf(store.slot)), ...reduceNow.map(reducedDim)]);
      for (const dim of dims) {
        const code: Instruction[] = [];
        const local = new Map<NodeId, number>();
        const emit = (id: NodeId): number => {
          const known = local.get(id) ?? registers.get(id);
          if (known !== undefined) return known;
          const register = emitNode(id);
          local.set(id, register);
          return register;
        };
        const load = (id: NodeId): number => {
          const slot = storage.slots.get(id);
          if (slot === undefined) throw badPlan(request.name, `value ${id} is read before it lies anywhere`);
          code.push({ op: "load", to: count, slot });
          return count++;
        };
        const emitNode = (id: NodeId): number => {
          const node = graph.node(id);
          if (node.kind === "constant") {
            code.push({ op: "constant", to: count, value: node.value });
            return count++;
          }
          if (node.kind === "size") {
            code.push({ op: "size", to: count, dim: node.of });
            return count++;
          }
          const here = position.get(id) === at || isRowScalar(graph, id) || repeated.has(id);
          if (request.available(id) || !here || isMadeInPlace(node) || node.kind === "reduce") return load(id);
          const args = argumentsOf(node).map(emit);
          if (node.kind === "unary") code.push({ op: node.op, to: count, a: args[0] });
          else if (node.kind === "binary") code.push({ op: node.op, to: count, a: args[0], b: args[1] });
          else if (node.kind === "select") {
            code.push({ op: "select", to: count, c: args[0], a: args[1], b: args[2] });
          } else throw badPlan(request.name, `a ${node.kind} cannot be computed element by element`);
          return count++;
        };
        const here = now.filter((store) => dimOf(store.slot) === dim);
        const values = here.map((store) => emit(store.node));
        for (const id of reduceNow.filter((r) => reducedDim(r) === dim)) {
          const node = graph.node(id);
          if (node.kind !== "reduce") continue;
          const a = emit(node.args[0]);
          code.push({ op: node.op, to: count, a });
          registers.set(id, count++);
        }
        // Stores come last: a slot that this pass also reads may be written.
        here.forEach((store, i) => code.push({ op: "store", from: values[i], slot: store.slot }));
        passes.push({ dim, code });
      }
    }
    stages.push({
      matmuls,
      ...(means.length > 0 ? { columnMeans: means } : {}),
      ...(called.length > 0 ? { calls: called } : {}),
      passes,
    });
  }
  return stages.filter(
    ({ matmuls, columnMeans: means = [], calls: called = [], passes }) =>
      matmuls.length + means.length + called.length + passes.length > 0,
  );
}

/** Slots for values that a later pass reads and that lie nowhere yet. */
function spillStores({ graph, storage, schedule: plan, available, stores, spill, name }: SectionRequest): Store[] {
  const late = lateReads(graph, plan, stores);
  const spills: Store[] = [];
  for (const [id, at] of plan.position) {
    const node = graph.node(id);
    if (
      available(id) ||
      node.kind === "linear" ||
      node.kind === "call" ||
      isMadeInPlace(node) ||
      isRowScalar(graph, id)
    )
      continue;
    const last = Math.max(lastUse(plan, id), late.get(id) ?? 0);
    const kept = node.kind === "reduce" ? stageOf(last) === stageOf(at) : last <= at;
    if (kept || storage.slots.has(id)) continue;
    const slot = storage.buffer(`${name}.spill`, spill, node.dim ?? ONE);
    storage.slots.set(id, slot);
    spills.push({ node: id, slot });
  }
  return spills;
}

/** The last position at which a store that waits reads a value, directly or through what is repeated there. */
function lateReads(graph: Graph, { repeated }: Schedule, stores: readonly Store[]): Map<NodeId, number> {
  const late = new Map<NodeId, number>();
  const read = (id: NodeId, at: number): void => {
    if (isRowScalar(graph, id) || repeated.has(id)) for (const arg of argumentsOf(graph.node(id))) read(arg, at);
    else late.set(id, Math.max(late.get(id) ?? 0, at));
  };
  for (const { node, after } of stores) if (after !== undefined) read(node, after);
  return late;
}
