/** What a tag says: a position within a span, and the span's type. */
export interface Tag {
  /** One of the letters B, I, E, S (L and U are read as E and S), or O. */
  readonly prefix: string;
  /** Empty at O; "_" where the tag names no type. */
  readonly type: string;
}

/** Schemes of tags that can be read strictly: every span must be written by the rules, or it is none. */
export type SpanScheme = "iob1" | "iob2" | "ioe1" | "ioe2" | "iobes" | "bilou";

/** Whether a span begins at a tag, goes on in it, or ended before it; asked of each pair of neighbours. */
export interface SpanRules {
  /** Letters that tags may begin with, in words. */
  readonly letters: string;
  begins(before: Tag, tag: Tag): boolean;
  continues(before: Tag, tag: Tag): boolean;
  ends(before: Tag, tag: Tag): boolean;
}

const sameType = (before: Tag, tag: Tag): boolean => before.type === tag.type;

/** Rules as pairs of letters: `any` holds whatever the types, `same` and `other` if they agree or differ; * is any letter. */
interface Pairs {
  readonly any?: string;
  readonly same?: string;
  readonly other?: string;
}

function matcher({ any = "", same = "", other = "" }: Pairs): (before: Tag, tag: Tag) => boolean {
  const [always, agreeing, differing] = [any, same, other].map((list) => list.split(" "));
  return (before, tag) => {
    const pairs = [before.prefix + tag.prefix, `*${tag.prefix}`, `${before.prefix}*`];
    const further = sameType(before, tag) ? agreeing : differing;
    return pairs.some((pair) => always.includes(pair) || further.includes(pair));
  };
}

function rules(letters: string, begins: Pairs, continues: Pairs, ends: Pairs): SpanRules {
  return { letters, begins: matcher(begins), continues: matcher(continues), ends: matcher(ends) };
}

const inOutBegin = "BI II";
const iobes = rules("B I O E S", { any: "*B *S" }, { same: "BI BE II IE" }, { any: "S* E*" });

/**
 * The strict schemes, with seqeval's decisions about what breaks the rules: in IOB1 a B that no span of its type
 * precedes begins nothing, in IOB2 an I that nothing precedes belongs to nothing, in IOBES what lacks its E ends nowhere.
 *
 * Source: Ramshaw and Marcus 1995 (IOB1), Tjong Kim Sang and Veenstra 1999 (the others), seqeval's strict mode.
 */
export const STRICT_RULES: Readonly<Record<SpanScheme, SpanRules>> = {
  iob1: rules(
    "B I O",
    { any: "OI BI", same: "IB BB", other: "II" },
    { same: inOutBegin },
    { any: "IO IB BO", same: "BB", other: "II BI" },
  ),
  iob2: rules("B I O", { any: "*B" }, { same: inOutBegin }, { any: "IO IB BO BB", other: "II BI" }),
  ioe1: rules(
    "I O E",
    { any: "OI EI", same: "EE", other: "II" },
    { same: "II IE" },
    { any: "IO", same: "EI EE", other: "II IE" },
  ),
  ioe2: rules("I O E", { any: "OI OE EI EE", other: "II IE" }, { same: "II IE" }, { any: "E*" }),
  iobes,
  bilou: { ...iobes, letters: "B I L O U" },
};

/** conlleval's reading of tags: any scheme, and what breaks the rules makes the most obvious span. */
const lenient: Pick<SpanRules, "begins" | "ends"> = {
  begins: matcher({ any: "*B *S EE EI SE SI OE OI", other: "*I *E" }),
  ends: matcher({ any: "E* S* BB BS BO IB IS IO", other: "B* I*" }),
};

export const LENIENT_RULES: SpanRules = {
  letters: "B I E S L U O",
  ...lenient,
  continues: (before, tag) => before.prefix !== "O" && tag.prefix !== "O" && !lenient.ends(before, tag),
};
