/**
 * What stands behind the things a step is given: whoever asks one of them for a name it does not have is told the line and
 * what there is, in place of "is not a function" later on.
 *
 * It is the last link of their chain of prototypes, so names that exist cost nothing; and it speaks only while a step runs.
 */
import { atLine, symbolCoerced, unknownSymbolName, type HiddenstateError } from "../errors.js";
import { callerLine } from "./caller-line.js";
import type { Graph } from "./graph.js";

/** Names that promises, JSON and test runners ask of any object. */
const ASKED_OF_ALL: ReadonlySet<string> = new Set([
  "then",
  "toJSON",
  "inspect",
  "$$typeof",
  "asymmetricMatch",
  "nodeType",
]);

/** A prototype for things of which `graphOf` tells the graph; `unknown` words the error for a name. */
export function strictPrototype<T extends object>(
  graphOf: (of: T) => Graph | undefined,
  unknown: (of: T, name: string) => HiddenstateError,
): object {
  return new Proxy(
    {},
    {
      get(target, name, receiver: T): unknown {
        if (Reflect.has(target, name)) return Reflect.get(target, name, receiver);
        // A prototype, looked at by itself, has no graph either.
        if (name === "graph" || !graphOf(receiver)?.tracing) return undefined;
        if (name === Symbol.iterator || name === Symbol.toPrimitive) {
          return () => {
            throw symbolCoerced(callerLine());
          };
        }
        if (typeof name === "symbol" || ASKED_OF_ALL.has(name)) return undefined;
        const line = callerLine();
        // console.log looks at what it prints.
        if (/(^|\()node:/.test(line)) return undefined;
        throw atLine(unknown(receiver, name), line);
      },
    },
  );
}

/** The graphs of records, which may be empty. */
const graphs = new WeakMap<object, Graph>();

/** A maker of records for steps, in which a name that is not there is an error; `what` says which record. */
export function strictRecords(
  what: string,
): <V>(record: Readonly<Record<string, V>>, graph: Graph) => Record<string, V> {
  const behind = strictPrototype(
    (record) => graphs.get(record),
    (record, name) => unknownSymbolName(what, name, Object.keys(record)),
  );
  return <V>(record: Readonly<Record<string, V>>, graph: Graph) => {
    const strict = { __proto__: behind, ...record } as unknown as Record<string, V>;
    graphs.set(strict, graph);
    return strict;
  };
}
