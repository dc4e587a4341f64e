import { badConstraints, badSpanLabel, unknownScheme } from "../../errors.js";

/** Which tags may start a sequence, end it, and follow each other; what is false scores −Infinity. */
export interface TagConstraints {
  /** [L] */
  readonly start: readonly boolean[];
  /** [L] */
  readonly end: readonly boolean[];
  /** [from][to] */
  readonly transitions: readonly (readonly boolean[])[];
  /** Names of the tags, for messages. */
  readonly labels?: readonly string[];
}

/** How spans are written as tags, and can be enforced: BIO is iob2, BIOES is iobes. */
export type ConstraintScheme = "iob1" | "iob2" | "iobes";

const PREFIXES: Readonly<Record<ConstraintScheme, readonly string[]>> = {
  iob1: ["I", "B"],
  iob2: ["B", "I"],
  iobes: ["B", "I", "E", "S"],
};

/**
 * What a scheme of spans allows between these labels, "O" or a prefix, "-" and a type ("B-PER").
 *
 * - iob1: every span starts with I, with B only behind a span of its type
 * - iob2 (BIO): every span starts with B; I-X stands behind B-X or I-X
 * - iobes (BIOES): S-X alone, or B-X, any number of I-X, E-X; the sentence does not end within a span
 *
 * Errors: `E_TAG_SCHEME` for a label that is not of the scheme, `E_VALUE` for a scheme that there is not.
 *
 * @example
 * const crf = new CRF({ tags: 3, constraints: spanConstraints(["O", "B-PER", "I-PER"], "iob2") });
 */
export function spanConstraints(labels: readonly string[], scheme: ConstraintScheme): TagConstraints {
  const who = "spanConstraints";
  const prefixes: readonly string[] | undefined = PREFIXES[scheme];
  if (prefixes === undefined) throw unknownScheme(who, scheme, Object.keys(PREFIXES));
  const parts = labels.map((label): readonly [prefix: string, type: string] => {
    if (label === "O") return ["O", ""];
    if (!prefixes.includes(label[0]) || label[1] !== "-" || label.length < 3) {
      throw badSpanLabel(who, label, scheme, `"O", or ${prefixes.map((p) => `"${p}-X"`).join(", ")}`);
    }
    return [label[0], label.slice(2)];
  });
  /** Whether `to` may stand behind `from`; the edge of a sentence is an O. */
  const follows = ([from, fromType]: readonly [string, string], [to, toType]: readonly [string, string]): boolean => {
    const same = fromType === toType;
    // Behind B or I, a span of its type is open; in iobes it must go on until its E.
    const open = from === "B" || from === "I";
    if (scheme === "iob1") return to !== "B" || (open && same);
    if (scheme === "iob2") return to !== "I" || (open && same);
    return open ? (to === "I" || to === "E") && same : to !== "I" && to !== "E";
  };
  const edge = ["O", ""] as const;
  return {
    labels,
    start: parts.map((to) => follows(edge, to)),
    end: parts.map((from) => follows(from, edge)),
    transitions: parts.map((from) => parts.map((to) => follows(from, to))),
  };
}

/** Where a sequence of tags first breaks the constraints, and how; null where it does not. */
export function forbidden(
  { start, end, transitions, labels }: TagConstraints,
  path: ArrayLike<number>,
): { readonly at: number; readonly what: string } | null {
  const name = (tag: number): string => labels?.[tag] ?? `tag ${tag}`;
  const last = path.length - 1;
  for (let at = 0; at <= last; at++) {
    const tag = path[at];
    if (at === 0 && !start[tag]) return { at, what: `${name(tag)} may not begin a sequence` };
    if (at > 0 && !transitions[path[at - 1]][tag]) {
      return { at, what: `${name(tag)} may not follow ${name(path[at - 1])}` };
    }
    if (at === last && !end[tag]) return { at, what: `${name(tag)} may not end a sequence` };
  }
  return null;
}

/** Errors: `E_SHAPE` when the constraints are for another number of tags. */
export function checkConstraints(who: string, { start, end, transitions }: TagConstraints, tags: number): void {
  const check = (what: string, { length }: readonly unknown[]): void => {
    if (length !== tags) throw badConstraints(who, what, tags, length);
  };
  check("start", start);
  check("end", end);
  check("transitions", transitions);
  transitions.forEach((row, from) => check(`transitions[${from}]`, row));
}
