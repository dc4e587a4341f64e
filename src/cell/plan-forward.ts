/** The forward half of a plan: what is hoisted, the stages of a step, and which values the backward pass will read. */
import { badPlan } from "../errors.js";
import { argumentDims, resultDims } from "./calls.js";
import type { CellDefinition } from "./define.js";
import type { Derivation } from "./derive.js";
import { argumentsOf, isLeaf, isMadeInPlace, type Graph, type NodeId } from "./graph.js";
import { ONE, type Call, type Plan, type Slot, type Stage } from "./plan-format.js";
import { CHEAP } from "./rules.js";
import { lastUse, schedule } from "./schedule.js";
import { buildSection, type Store } from "./section.js";
import { isOfOneStep, reachedFrom, spreadInputs } from "./spread-inputs.js";
import { blockAt, type Storage } from "./storage.js";

export interface ForwardPlan {
  /** x and the inputs beside it. */
  readonly inputs: Readonly<Record<string, Slot>>;
  /** Those of a whole sequence that have a row for every step. */
  readonly spread: ReadonlySet<string>;
  readonly histories: Readonly<Record<string, Slot>>;
  readonly output: Slot;
  readonly hoist: readonly Stage[];
  readonly forward: readonly Stage[];
  /** The hoisted linear maps and the buffers that hold their results. */
  readonly hoisted: readonly { readonly linear: NodeId; readonly slot: Slot }[];
  /** Forward values that lie in memory when the backward pass runs. */
  readonly kept: ReadonlySet<NodeId>;
  /** Which saved value took over a block of a hoisted buffer: "buffer.block" → value. */
  readonly occupants: ReadonlyMap<string, NodeId>;
  /** Parameter vectors that are multiplied by a matrix: one copy for every row. */
  readonly vectorRows: ReadonlyMap<NodeId, Slot>;
}

export const slotKey = (slot: Slot): string => `${slot.buffer}.${slot.block}`;

export function planForward(
  cell: CellDefinition,
  derivation: Derivation,
  storage: Storage,
  mode: Plan["mode"],
): ForwardPlan {
  const { graph, next, output, forwardCount } = derivation;
  const { slots } = storage;
  const spread = spreadInputs(cell, derivation);
  const inputs: Record<string, Slot> = { x: storage.buffer("x", "sequence", "input") };
  for (const { name, dim, per } of cell.inputs) {
    // What is the same at every step is a carry that nobody writes, unless products before the loop read it.
    const whole = spread.has(name) ? "sequence" : "carry";
    const kind = ({ step: "sequence", sequence: whole, memory: "memory" } as const)[per];
    inputs[name] = storage.buffer(`input.${name}`, kind, dim);
  }
  const histories: Record<string, Slot> = {};
  for (const { name, dim } of cell.states) histories[name] = storage.buffer(`state.${name}`, "history", dim);

  for (let id = 0; id < forwardCount; id++) {
    const node = graph.node(id);
    if (node.kind === "input") slots.set(id, inputs[node.name]);
    else if (node.kind === "state") slots.set(id, { ...histories[node.name], at: "previous" });
    else if (node.kind === "vector") slots.set(id, vectorSlot(cell, storage, node.param, node.block));
  }
  const leaf = (id: NodeId): boolean => isLeaf(graph.node(id));

  // --- hoist: linear maps that neither the state, an input of the whole sequence, a mean over rows nor a call reaches ---
  const carried = (id: NodeId): boolean => storage.buffers[slots.get(id)?.buffer ?? -1]?.kind === "carry";
  const bound = reachedFrom(graph.nodes, forwardCount, ({ kind }, id) => isOfOneStep(kind) || carried(id));
  const hoisted: { linear: NodeId; slot: Slot }[] = [];
  const hoistInputs: Store[] = [];
  const vectorRows = new Map<NodeId, Slot>();
  for (let id = 0; id < forwardCount; id++) {
    const node = graph.node(id);
    if (node.kind !== "linear" || bound.has(id)) continue;
    const slot = storage.buffer(`hoisted.${node.weight.param}`, "sequence", node.dim, node.weight.blocks);
    hoisted.push({ linear: id, slot });
    setBlockSlots(graph, storage, id, slot);
    const u = node.args[0];
    const lone = graph.node(u).kind === "vector";
    if (lone ? vectorRows.has(u) : leaf(u) || slots.has(u)) continue;
    const rows = storage.buffer(`input.of.${node.weight.param}`, "sequence", node.weight.colDim);
    (lone ? vectorRows : slots).set(u, rows);
    hoistInputs.push({ node: u, slot: rows });
  }
  const factor = (linear: NodeId): Slot => factorSlot(graph, storage, vectorRows, linear);
  const hoistedLinears = new Set(hoisted.map(({ linear }) => linear));
  const hoistRoots = hoisted.map(({ linear }) => linear);
  const hoist = buildSection({
    graph,
    storage,
    schedule: schedule({ graph, roots: hoistRoots, available: leaf, eager: () => false }),
    available: leaf,
    stores: hoistInputs,
    linearOut: (id) => slotOf(storage, graph.block(id, 0)),
    linearIn: factor,
    spill: "sequence",
    name: "hoist",
  });
  const hoistStored = new Set(hoistInputs.map((store) => store.node));
  const available = (id: NodeId): boolean => {
    const node = graph.node(id);
    return leaf(id) || hoistStored.has(id) || (node.kind === "block" && hoistedLinears.has(node.args[0]));
  };

  // --- what the step leaves behind ----------------------------------------------------------------------------------
  const stores: Store[] = [];
  const keptStates = new Set<NodeId>();
  /** Where a result of a matrix product lies once the step is over; within it, it is read from where it was made. */
  const afterwards = new Map<NodeId, Slot>();
  const keep = (node: NodeId, slot: Slot): void => {
    stores.push({ node, slot });
    // A number per row is written to every column: nobody reads it back from there.
    if (leaf(node) || graph.node(node).dim === null) return;
    if (isMadeInPlace(graph.node(node))) {
      if (!afterwards.has(node)) afterwards.set(node, slot);
    } else if (!slots.has(node)) slots.set(node, slot);
    keptStates.add(node);
  };
  for (const { name } of cell.states) keep(next[name], { ...histories[name], at: "current" });
  const outputState = cell.states.find(({ name }) => next[name] === output);
  const outputSlot: Slot =
    outputState !== undefined
      ? { ...histories[outputState.name], at: "current" }
      : storage.buffer("output", "sequence", cell.outputDim);
  if (outputState === undefined) keep(output, outputSlot);
  const kept = new Set([...keptStates, ...hoistStored]);
  // What a call reads needs a row of its own, which the derivative of the call can read again.
  const callRows = mode === "train" ? callArguments(graph, forwardCount) : new Set<NodeId>();
  const there = (id: NodeId): boolean => leaf(id) || kept.has(id) || callRows.has(id);
  const saved = mode === "train" ? valuesToSave(derivation, there) : new Set<NodeId>();

  // --- the inputs and results of the linear maps of the step --------------------------------------------------------
  const roots = new Set<NodeId>([...stores.map((store) => store.node), ...saved]);
  const plan = schedule({ graph, roots, available, eager: () => false });
  for (const id of plan.linears) {
    const node = graph.node(id);
    if (node.kind !== "linear") continue;
    const out = storage.buffer(`product.${node.weight.param}`, "scratch", node.dim, node.weight.blocks);
    setBlockSlots(graph, storage, id, out);
    const u = node.args[0];
    const product = isMadeInPlace(graph.node(u));
    // A carry is gone after the loop, and the weight gradient needs a row for every step.
    if (carried(u) && mode === "train" && !afterwards.has(u)) {
      const slot = storage.buffer(`input.of.${node.weight.param}`, "sequence", node.weight.colDim);
      afterwards.set(u, slot);
      stores.push({ node: u, slot });
      continue;
    }
    if (leaf(u) || (product ? mode === "infer" || afterwards.has(u) : slots.has(u))) continue;
    // The weight gradient reads the input of every step, so training keeps it.
    const slot = storage.buffer(
      `input.of.${node.weight.param}`,
      mode === "train" ? "sequence" : "scratch",
      node.weight.colDim,
    );
    if (product) afterwards.set(u, slot);
    else slots.set(u, slot);
    stores.push({ node: u, slot });
    saved.delete(u);
    kept.add(u);
  }

  const columnIn = new Map<NodeId, Slot>();
  for (const id of plan.columnMeans) {
    const [u] = argumentsOf(graph.node(id));
    const dim = graph.node(id).dim ?? ONE;
    slots.set(id, storage.buffer("column.mean", "scratch", dim));
    const known = slots.get(u);
    if (known !== undefined && graph.node(u).dim !== null) {
      columnIn.set(id, known);
      continue;
    }
    // What the backward pass reads as well is kept here, rather than twice.
    const lasting = graph.node(u).dim !== null && saved.delete(u);
    const slot = storage.buffer("column.rows", lasting ? "sequence" : "scratch", dim);
    columnIn.set(id, slot);
    stores.push({ node: u, slot });
    if (graph.node(u).dim !== null) slots.set(u, slot);
    if (lasting) kept.add(u);
  }

  const callIn = new Map<string, Slot>();
  for (const id of plan.calls) {
    const node = graph.node(id);
    if (node.kind !== "call") continue;
    setResultSlots(graph, storage, id, `call.${node.op}`);
    argumentDims(node.op, node.units, node.args.length).forEach((dim, k) => {
      const u = node.args[k];
      const wide = graph.node(u).dim !== null;
      const known = wide ? slots.get(u) : undefined;
      const lasting = callRows.has(u);
      const slot = known ?? storage.buffer("call.rows", lasting ? "sequence" : "scratch", dim);
      callIn.set(`${id}.${k}`, slot);
      if (known !== undefined) return;
      stores.push({ node: u, slot });
      if (wide) slots.set(u, slot);
      if (lasting) kept.add(u);
    });
  }

  // --- saved values take over the hoisted blocks that nobody reads any more -----------------------------------------
  const occupants = new Map<string, NodeId>();
  const factors = new Set(derivation.weights.map(({ u }) => u));
  for (const id of saved) {
    kept.add(id);
    if (available(id)) continue;
    const { dim } = graph.node(id);
    const at = plan.position.get(id) ?? 0;
    const free = hoistedBlocks(graph, hoisted, dim).find(
      ({ value, slot }) =>
        !occupants.has(slotKey(slot)) &&
        !saved.has(value) &&
        (!factors.has(value) || afterwards.has(value)) &&
        lastUse(plan, value) <= at,
    );
    const slot = free?.slot ?? storage.buffer(`saved.${opName(graph, id)}`, "sequence", dim ?? ONE);
    if (free !== undefined) occupants.set(slotKey(slot), id);
    stores.push({ node: id, slot });
    if (isMadeInPlace(graph.node(id))) afterwards.set(id, slot);
    else slots.set(id, slot);
  }
  // What is handed on as it is waits for the last pass: by then the products have read what it replaces.
  const last = Math.max(0, ...plan.position.values());
  const forward = buildSection({
    graph,
    storage,
    schedule: plan,
    available,
    stores: stores.map((store) => (leaf(store.node) ? { ...store, after: last } : store)),
    linearOut: (id) => slotOf(storage, graph.block(id, 0)),
    linearIn: factor,
    columnMean: (id) => ({ out: slotOf(storage, id), a: columnIn.get(id)! }),
    call: (id) => callOf(graph, storage, id, (k) => callIn.get(`${id}.${k}`)!, inputs),
    spill: "scratch",
    name: "forward",
  });
  for (const [id, slot] of slots) if (storage.buffers[slot.buffer].kind === "scratch") slots.delete(id);
  for (const [id, slot] of afterwards) slots.set(id, slot);
  return { inputs, spread, histories, output: outputSlot, hoist, forward, hoisted, kept, occupants, vectorRows };
}

/** Where a linear map reads its input. */
function factorSlot(graph: Graph, storage: Storage, vectorRows: ReadonlyMap<NodeId, Slot>, linear: NodeId): Slot {
  const [u] = argumentsOf(graph.node(linear));
  return vectorRows.get(u) ?? slotOf(storage, u);
}

/** The blocks of hoisted buffers that have width `dim`. */
function hoistedBlocks(
  graph: Graph,
  hoisted: ForwardPlan["hoisted"],
  dim: string | null,
): { readonly value: NodeId; readonly slot: Slot }[] {
  return hoisted.flatMap(({ linear, slot }) => {
    const node = graph.node(linear);
    if (node.kind !== "linear" || node.dim !== dim) return [];
    return Array.from({ length: node.weight.blocks }, (_, k) => ({
      value: graph.block(linear, k),
      slot: blockAt(slot, k),
    }));
  });
}

/** Forward values that the backward pass reads and cannot cheaply compute again from what is there. */
function valuesToSave({ graph, forwardCount, ...roots }: Derivation, there: (id: NodeId) => boolean): Set<NodeId> {
  const needed = new Set<NodeId>();
  const seen = new Set<NodeId>();
  const open = [
    ...Object.values(roots.carry),
    ...Object.values(roots.inputs),
    ...roots.vectors.map(({ node }) => node),
    ...roots.weights.flatMap(({ dY }) => dY),
    ...roots.calls,
  ];
  for (let id = open.pop(); id !== undefined; id = open.pop()) {
    if (seen.has(id)) continue;
    seen.add(id);
    if (id < forwardCount) needed.add(id);
    else open.push(...argumentsOf(graph.node(id)));
  }
  const saved = new Set<NodeId>();
  /** The values that have to be saved for `id` to be cheap: none, some it is cheaply made of, or itself. */
  const missing = (id: NodeId): readonly NodeId[] => {
    const node = graph.node(id);
    if (there(id) || saved.has(id)) return [];
    const cheap =
      node.kind === "select" ||
      ((node.kind === "unary" || node.kind === "binary") && (CHEAP.has(node.op) || node.dim === null));
    return cheap ? [...new Set(argumentsOf(node).flatMap(missing))] : [id];
  };
  const keep = (id: NodeId): void => {
    const made = missing(id);
    const wide = made.filter((part) => graph.node(part).dim !== null);
    // A reduction is one number to keep. Of two rows that make one, the one; a number per row has no row to lie in.
    const parts = graph.node(id).dim === null || wide.length < 2 ? made : [id];
    for (const part of parts) saved.add(part);
  };
  const expensive = (id: NodeId): boolean => {
    const node = graph.node(id);
    return (node.kind === "unary" || node.kind === "binary") && !CHEAP.has(node.op);
  };
  const ordered = [...needed].sort((a, b) => a - b);
  for (const id of ordered.filter(expensive)) keep(id);
  for (const id of ordered.filter((n) => !expensive(n))) keep(id);
  return saved;
}

/** What a value is called in a plan: the operator that made it. */
function opName(graph: Graph, id: NodeId): string {
  const node = graph.node(id);
  return "op" in node ? node.op : node.kind;
}

function vectorSlot(cell: CellDefinition, storage: Storage, param: string, block: number): Slot {
  const { dim, gates } = cell.params[param].rows;
  return blockAt(storage.named(param, "vector", dim, gates?.length ?? 1), block);
}

export function setBlockSlots(graph: Graph, storage: Storage, linear: NodeId, first: Slot): void {
  const node = graph.node(linear);
  if (node.kind !== "linear") return;
  const blocks = node.transposed ? 1 : node.weight.blocks;
  for (let k = 0; k < blocks; k++) storage.slots.set(graph.block(linear, k), blockAt(first, k));
}

/** Rows of their own for the results of a call. */
export function setResultSlots(graph: Graph, storage: Storage, call: NodeId, name: string): void {
  const node = graph.node(call);
  if (node.kind !== "call") return;
  resultDims(node.op, node.units, node.args.length).forEach((dim, k) =>
    storage.slots.set(graph.result(call, k), storage.buffer(name, "scratch", dim)),
  );
}

/** A call as the plan says it, its memories by name. */
export function callOf(
  graph: Graph,
  storage: Storage,
  call: NodeId,
  argument: (k: number) => Slot,
  memories: Readonly<Record<string, Slot>>,
  gradients: Readonly<Record<string, Slot>> = {},
): Call {
  const node = graph.node(call);
  if (node.kind !== "call") throw badPlan("calls", `value ${call} is no call`);
  const { op, memory, units, args } = node;
  return {
    op,
    outs: resultDims(op, units, args.length).map((_, k) => slotOf(storage, graph.result(call, k))),
    args: args.map((_, k) => argument(k)),
    memory: memories[memory],
    ...(memory in gradients ? { gradient: gradients[memory] } : {}),
  };
}

/** Forward values that calls read and that lie in no row of their own from the moment they are made. */
function callArguments(graph: Graph, count: number): Set<NodeId> {
  const found = new Set<NodeId>();
  for (let id = 0; id < count; id++) {
    const node = graph.node(id);
    if (node.kind !== "call") continue;
    for (const arg of node.args) {
      const read = graph.node(arg);
      if (!isLeaf(read) && !isMadeInPlace(read) && read.dim !== null) found.add(arg);
    }
  }
  return found;
}

export function slotOf(storage: Storage, id: NodeId): Slot {
  const slot = storage.slots.get(id);
  if (slot === undefined) throw badPlan("storage", `value ${id} lies nowhere`);
  return slot;
}
