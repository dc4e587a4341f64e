/**
 * The backward half of a plan: the stages of one descending step, what sinks below the loop (gradients of the inputs,
 * over all rows at once), and what the parameter gradients are made of.
 */
import { badPlan } from "../errors.js";
import { argumentDims } from "./calls.js";
import type { CellDefinition } from "./define.js";
import type { Derivation } from "./derive.js";
import { argumentsOf, isLeaf, isNumber, type Graph, type NodeId } from "./graph.js";
import { callOf, setBlockSlots, setResultSlots, slotKey, slotOf, type ForwardPlan } from "./plan-forward.js";
import { ONE, type PlanGradient, type Slot, type Stage } from "./plan-format.js";
import { lastUse, PASSES, schedule, stageOf, type Schedule } from "./schedule.js";
import { buildSection, type Store } from "./section.js";
import { blockAt, type Storage } from "./storage.js";

export interface BackwardPlan {
  readonly carries: Readonly<Record<string, Slot>>;
  readonly dOutput: Slot;
  /** Gradients of x and of the inputs beside it that have one; those of a whole sequence add up in carries and memories. */
  readonly dInputs: Readonly<Record<string, Slot>>;
  readonly backward: readonly Stage[];
  readonly sink: readonly Stage[];
  readonly gradients: readonly PlanGradient[];
}

export function planBackward(
  cell: CellDefinition,
  derivation: Derivation,
  storage: Storage,
  forward: ForwardPlan,
): BackwardPlan {
  const { graph, forwardCount } = derivation;
  const { slots } = storage;
  const carries: Record<string, Slot> = {};
  const whole = cell.inputs.filter(({ name, per }) => per === "sequence" && name in derivation.carry);
  for (const { name, dim } of [...cell.states, ...whole]) carries[name] = storage.buffer(`carry.${name}`, "carry", dim);
  const dOutput = storage.buffer("d.output", "sequence", cell.outputDim);
  /** ∂L/∂x, and of the inputs beside it that are new at every step. */
  const byStep = [
    { name: "x", d: derivation.inputs["x"] ?? graph.constant(0), slot: storage.buffer("d.x", "sequence", "input") },
    ...cell.inputs
      .filter(({ name }) => name in derivation.inputs)
      .map(({ name, dim }) => ({
        name,
        d: derivation.inputs[name],
        slot: storage.buffer(`d.input.${name}`, "sequence", dim),
      })),
  ];
  const dInputs = Object.fromEntries([
    ...byStep.map(({ name, slot }) => [name, slot] as const),
    ...whole.map(({ name }) => [name, carries[name]] as const),
    ...cell.inputs
      .filter(({ name, per }) => per === "memory" && derivation.calls.some((id) => memoryOf(graph, id) === name))
      .map(({ name, dim }) => [name, storage.buffer(`d.input.${name}`, "memory", dim)] as const),
  ]);
  graph.nodes.forEach((node, id) => {
    if (node.kind === "seed") slots.set(id, node.of === "carry" ? carries[node.name] : dOutput);
  });
  const leaf = (id: NodeId): boolean => forward.kept.has(id) || isLeaf(graph.node(id));
  const eager = (id: NodeId): boolean => id >= forwardCount && dependsOnSeed.has(id);
  const dependsOnSeed = reachedFrom(graph, (id) => graph.node(id).kind === "seed");

  // --- what the loop needs, and what can wait -----------------------------------------------------------------------
  const inLoop = ancestors(graph, [
    // Means are over the rows of one step.
    ...graph.nodes.flatMap(({ kind }, id) => (kind === "columnMean" && id >= forwardCount ? [id] : [])),
    ...Object.values(derivation.carry),
    ...derivation.weights.flatMap(({ dY }) => dY),
    ...derivation.vectors.map(({ node }) => node),
    ...derivation.calls,
  ]);
  const waits = reachedFrom(graph, (id) => {
    const node = graph.node(id);
    return id >= forwardCount && node.kind === "linear" && !inLoop.has(id);
  });
  /** Inputs that have a row for every step. */
  const lasting = (id: NodeId): boolean =>
    graph.node(id).kind === "input" && storage.buffers[slotOf(storage, id).buffer].kind === "sequence";
  const sunk = byStep.filter(({ d }) => waits.has(d));
  const inTime = byStep.filter(({ d }) => !waits.has(d));
  const frontierSet = new Set(sunk.flatMap(({ d }) => frontier(graph, d, waits, lasting)));
  const factors = new Set(derivation.weights.map(({ u }) => u));
  const roots = new Set<NodeId>([
    ...Object.values(derivation.carry),
    ...derivation.weights.flatMap(({ dY }) => dY),
    ...derivation.vectors.map(({ node }) => node),
    ...frontierSet,
    ...inTime.map(({ d }) => d),
    ...derivation.calls,
  ]);
  const plan = schedule({ graph, roots, available: leaf, eager });
  const stores: Store[] = [];
  for (const id of plan.columnMeans) {
    slots.set(id, storage.buffer("d.column.mean", "scratch", graph.node(id).dim ?? ONE));
  }
  for (const id of plan.calls) setResultSlots(graph, storage, id, "d.call");

  // --- the rows of dY, one buffer per linear map --------------------------------------------------------------------
  const bundles = new Map<string, Slot>();
  const taken = new Set<number>();
  const bundleSlot = (dY: readonly NodeId[], dim: string): Slot => {
    const key = dY.join(",");
    const known = bundles.get(key);
    if (known !== undefined) return known;
    const slot = reusable(dY, dim) ?? storage.buffer("d.rows", "sequence", dim, dY.length);
    bundles.set(key, slot);
    taken.add(slot.buffer);
    dY.forEach((node, k) => {
      stores.push({ node, slot: blockAt(slot, k) });
      if (!leaf(node) && !slots.has(node) && graph.node(node).dim !== null) slots.set(node, blockAt(slot, k));
    });
    return slot;
  };
  /** A hoisted buffer of the same form whose every block has been read for the last time when dY is written. */
  const reusable = (dY: readonly NodeId[], dim: string): Slot | undefined =>
    forward.hoisted.find(({ linear, slot }) => {
      const node = graph.node(linear);
      if (node.kind !== "linear" || node.dim !== dim || node.weight.blocks !== dY.length) return false;
      if (taken.has(slot.buffer)) return false;
      return dY.every((d, k) => {
        const here = blockAt(slot, k);
        const occupant = forward.occupants.get(slotKey(here)) ?? graph.block(linear, k);
        // Values that are read after the loop must stay, if this is where they lie.
        const stays =
          slotKey(slots.get(occupant) ?? slot) === slotKey(here) &&
          (factors.has(occupant) || frontierSet.has(occupant));
        return !stays && lastUse(plan, occupant) <= (plan.position.get(d) ?? 0);
      });
    })?.slot;

  const gradients: PlanGradient[] = derivation.weights.map(({ weight, dY, u }) => ({
    kind: "weight",
    ...weight,
    dY: bundleSlot(dY, weight.rowDim),
    u: forward.vectorRows.get(u) ?? slotOf(storage, u),
  }));
  gradients.push(...vectorGradients(derivation, storage, bundles, stores));

  // --- running gradients of the states ------------------------------------------------------------------------------
  const seedOf = (name: string): NodeId =>
    graph.nodes.findIndex((node) => node.kind === "seed" && node.of === "carry" && node.name === name);
  // All running gradients change together, after the last of them has been read.
  const after = Math.max(0, ...cell.states.map(({ name }) => lastUse(plan, seedOf(name))));
  /** The last position that reads a state's running gradient, to hand it on to another state included. */
  const lastRead = (name: string): number => {
    const handedOn = cell.states.some((other) => other.name !== name && derivation.carry[other.name] === seedOf(name));
    return handedOn ? after : lastUse(plan, seedOf(name));
  };
  for (const id of plan.linears) setBlockSlots(graph, storage, id, linearResult(id));
  function linearResult(id: NodeId): Slot {
    const block = graph.block(id, 0);
    const direct = cell.states.filter(({ name }) => derivation.carry[name] === block);
    const start = stageOf(plan.position.get(id) ?? 0) * PASSES;
    if (direct.length === 1 && lastRead(direct[0].name) < start) return carries[direct[0].name];
    const node = graph.node(id);
    return storage.buffer("d.product", "scratch", node.dim ?? "hidden");
  }
  for (const { name } of whole) stores.push({ node: derivation.carry[name], slot: carries[name] });
  for (const { name } of cell.states) {
    const node = derivation.carry[name];
    if (node === seedOf(name) || slots.get(node)?.buffer === carries[name].buffer) continue;
    stores.push({ node, slot: carries[name], after });
  }
  /** Rows kept for the sink of values that lie in no row of their own after the loop. */
  const sinkCopies: [NodeId, Slot][] = [];
  for (const id of frontierSet) {
    if (hasRows(slots.get(id))) continue;
    const slot = storage.buffer("sink.input", "sequence", graph.node(id).dim ?? ONE);
    sinkCopies.push([id, slot]);
    stores.push({ node: id, slot });
  }
  for (const { d, slot } of inTime) stores.push({ node: d, slot });

  const columnIn = new Map<NodeId, Slot>();
  for (const id of plan.columnMeans) {
    const [u] = argumentsOf(graph.node(id));
    const wide = graph.node(u).dim !== null;
    const known = wide ? slots.get(u) : undefined;
    const slot = known ?? storage.buffer("d.column.rows", "scratch", graph.node(id).dim ?? ONE);
    columnIn.set(id, slot);
    if (known !== undefined) continue;
    stores.push({ node: u, slot });
    if (wide) slots.set(u, slot);
  }

  const callIn = new Map<string, Slot>();
  for (const id of plan.calls) {
    const node = graph.node(id);
    if (node.kind !== "call") continue;
    argumentDims(node.op, node.units, node.args.length).forEach((dim, k) => {
      const u = node.args[k];
      const wide = graph.node(u).dim !== null;
      const known = wide ? slots.get(u) : undefined;
      const slot = known ?? storage.buffer("d.call.rows", "scratch", dim);
      callIn.set(`${id}.${k}`, slot);
      if (known !== undefined) return;
      stores.push({ node: u, slot });
      if (wide) slots.set(u, slot);
    });
  }

  const linearIn = (id: NodeId): Slot => {
    const rows = bundles.get(argumentsOf(graph.node(id)).join(","));
    if (rows === undefined) throw badPlan("backward", `linear map ${id} has no rows to read`);
    return rows;
  };
  const section = { graph, storage, available: leaf, linearIn };
  const backward = buildSection({
    ...section,
    schedule: plan,
    stores,
    linearOut: (id) => slotOf(storage, graph.block(id, 0)),
    columnMean: (id) => ({ out: slotOf(storage, id), a: columnIn.get(id)! }),
    call: (id) => callOf(graph, storage, id, (k) => callIn.get(`${id}.${k}`)!, forward.inputs, dInputs),
    spill: "scratch",
    name: "backward",
  });
  const sink = sunk.length > 0 ? buildSink() : [];
  return { carries, dOutput, dInputs, backward, sink, gradients };

  /** Whether a slot holds a value for every row until the sink has run. */
  function hasRows(slot: Slot | undefined): boolean {
    const kind = slot && storage.buffers[slot.buffer].kind;
    return kind === "sequence" || (kind === "history" && slot?.at === "current");
  }

  function buildSink(): Stage[] {
    const available = (id: NodeId): boolean => leaf(id) || !waits.has(id);
    for (const [id, slot] of sinkCopies) slots.set(id, slot);
    const roots = sunk.map(({ d }) => d);
    const below: Schedule = schedule({ graph, roots, available, eager: () => false });
    const made = new Set<Slot>();
    for (const id of below.linears) {
      const direct = sunk.find(({ d }) => d === graph.block(id, 0))?.slot;
      if (direct !== undefined) made.add(direct);
      const { dim } = graph.node(id);
      setBlockSlots(graph, storage, id, direct ?? storage.buffer("sink.product", "sequence", dim ?? ONE));
    }
    return buildSection({
      ...section,
      available,
      schedule: below,
      stores: sunk.filter(({ slot }) => !made.has(slot)).map(({ d, slot }) => ({ node: d, slot })),
      linearOut: (id) => slotOf(storage, graph.block(id, 0)),
      spill: "sequence",
      name: "sink",
    });
  }
}

/** The memory that a call reads. */
function memoryOf(graph: Graph, id: NodeId): string | null {
  const node = graph.node(id);
  return node.kind === "call" ? node.memory : null;
}

/** Column sums for biases, gains and peepholes; a bias whose gradient is a whole dY row shares its buffer. */
function vectorGradients(
  { vectors, graph }: Derivation,
  storage: Storage,
  bundles: ReadonlyMap<string, Slot>,
  stores: Store[],
): PlanGradient[] {
  const byParam = new Map<string, (typeof vectors)[number][]>();
  for (const vector of vectors) {
    const list = byParam.get(vector.param) ?? [];
    list[vector.block] = vector;
    byParam.set(vector.param, list);
  }
  const gradients: PlanGradient[] = [];
  for (const [param, blocks] of byParam) {
    const present = blocks.filter((block) => block !== undefined);
    const whole = bundles.get(blocks.map((block) => block?.node ?? -1).join(","));
    const { dim } = present[0];
    if (whole !== undefined) {
      gradients.push({ kind: "vector", param, firstBlock: 0, blocks: blocks.length, dim, source: whole });
      continue;
    }
    // A row of its own for the whole vector, if none of its blocks lies anywhere yet.
    const complete = present.length === blocks.length;
    const row =
      complete && present.every(({ node }) => sequenceSlot(storage, node) === null)
        ? storage.buffer(`d.${param}`, "sequence", dim, blocks.length)
        : null;
    const sources = present.map(({ block, node }) => {
      const known = sequenceSlot(storage, node);
      if (known !== null) return known;
      const source = row === null ? storage.buffer(`d.${param}.${block}`, "sequence", dim) : blockAt(row, block);
      stores.push({ node, slot: source });
      if (graph.node(node).dim !== null && !storage.slots.has(node)) storage.slots.set(node, source);
      return source;
    });
    const [first] = sources;
    if (complete && sources.every(({ buffer, block }, k) => buffer === first.buffer && block === first.block + k)) {
      gradients.push({ kind: "vector", param, firstBlock: 0, blocks: blocks.length, dim, source: first });
      continue;
    }
    present.forEach(({ block }, k) => {
      gradients.push({ kind: "vector", param, firstBlock: block, blocks: 1, dim, source: sources[k] });
    });
  }
  return gradients;
}

/** A slot that keeps the value of every row until after the loop, if the value lies in one. */
function sequenceSlot(storage: Storage, id: NodeId): Slot | null {
  const slot = storage.slots.get(id);
  return slot !== undefined && storage.buffers[slot.buffer].kind === "sequence" ? slot : null;
}

/** All nodes that the given ones are computed from, themselves included. */
function ancestors(graph: Graph, of: Iterable<NodeId>): Set<NodeId> {
  const found = new Set<NodeId>();
  const open = [...of];
  for (let id = open.pop(); id !== undefined; id = open.pop()) {
    if (found.has(id)) continue;
    found.add(id);
    open.push(...argumentsOf(graph.node(id)));
  }
  return found;
}

/** All nodes computed from a node that satisfies `source`, those included. */
function reachedFrom(graph: Graph, source: (id: NodeId) => boolean): Set<NodeId> {
  const reached = new Set<NodeId>();
  graph.nodes.forEach((node, id) => {
    if (source(id) || argumentsOf(node).some((arg) => reached.has(arg))) reached.add(id);
  });
  return reached;
}

/** The values that the waiting part reads element by element (its matrix products read dY rows). */
function frontier(graph: Graph, root: NodeId, waits: ReadonlySet<NodeId>, lasting: (id: NodeId) => boolean): NodeId[] {
  const found: NodeId[] = [];
  for (const id of ancestors(graph, [root])) {
    const node = graph.node(id);
    if (!waits.has(id) || node.kind === "linear" || node.kind === "block") continue;
    for (const arg of argumentsOf(node)) {
      const made = graph.node(arg);
      if (!waits.has(arg) && !isNumber(made) && made.kind !== "vector" && !lasting(arg)) found.push(arg);
    }
  }
  return found;
}
