import type { CellDefinition } from "../../cell/index.js";

/**
 * The bias parameters that have rows for a gate, those that are added up in one list: an LSTM's two are one sum, those of the
 * layers of a highway are a sum each. Read from the equations.
 */
export function gateBiases({ params, trace }: CellDefinition, gate: string): string[][] {
  const { nodes } = trace.graph;
  const sums: { readonly names: string[]; readonly reached: ReadonlySet<number> }[] = [];
  for (const [name, { role, rows }] of Object.entries(params)) {
    if (role !== "bias" || rows.gates === null || !rows.gates.includes(gate)) continue;
    const block = rows.gates.indexOf(gate);
    const reached = new Set<number>();
    // Arguments come before what is made of them: one walk finds all sums that a bias is a term of.
    nodes.forEach((node, id) => {
      const isBias = node.kind === "vector" && node.param === name && node.block === block;
      const isSum = node.kind === "binary" && node.op === "add" && node.args.some((arg) => reached.has(arg));
      if (isBias || isSum) reached.add(id);
    });
    const known = sums.find((sum) => [...reached].some((id) => sum.reached.has(id)));
    if (known === undefined) sums.push({ names: [name], reached });
    else known.names.push(name);
  }
  return sums.map(({ names }) => names);
}
