import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { bits } from "../runtime/random.js";
import {
  type BeamOptions,
  beamSearch,
  coveragePenalty,
  type Hypothesis,
  lengthDivisor,
  type Logits,
  rowsOf,
  type RowStepper,
  type Stepper,
} from "./index.js";
import { logNormaliser } from "./log-normaliser.js";

test("scores become log-probabilities to twelve digits", () => {
  const numbers = fc.double({ min: -400, max: 400, noNaN: true });
  fc.assert(
    fc.property(
      fc.array(numbers, { minLength: 1, maxLength: 40 }),
      fc.double({ min: 0, max: 1, noNaN: true }),
      (raw, flat) => {
        const scores = Float64Array.from([9, ...raw.map((score) => score * flat), 9]);
        const highest = Math.max(...scores.slice(1, -1));
        const sum = scores.slice(1, -1).reduce((total, score) => total + Math.exp(score - highest), 0);
        expect(Math.abs(logNormaliser(scores, 1, raw.length) - highest - Math.log(sum))).toBeLessThan(2e-12);
      },
    ),
  );
  expect(logNormaliser(new Float32Array([-Infinity, 3, -Infinity]), 0, 3)).toBe(3);
  expect(() => logNormaliser(new Float32Array([0, NaN]), 0, 2)).toThrow("score 1 is NaN");
  expect(() => logNormaliser(new Float32Array([NaN, 0]), 0, 2)).toThrow("score 0 is NaN");
  expect(() => logNormaliser(new Float32Array([0, 0, Infinity]), 1, 2)).toThrow("score 1 is +Infinity");
  expect(() => logNormaliser(new Float32Array([-Infinity]), 0, 1)).toThrow("nothing may be chosen");
});

/** Scores by seed, sentence and everything read so far; `levels` of them, so that few make ties. */
function scoresOf(seed: number, sentence: number, read: readonly number[], size: number, levels = 2 ** 20): number[] {
  let key = bits(seed, sentence, 7, 7);
  for (const token of read) key = bits(key, token, 3, read.length);
  return Array.from({ length: size }, (_, v) => ((bits(key, v, 1, 1) % levels) / levels) * 6);
}

/** A model that is a table: each row remembers its sentence and what it read. */
class Table implements RowStepper {
  readonly size: number;
  readonly seed: number;
  readonly levels: number;
  /** Weights over so many positions; none without. */
  readonly positions: number;
  attention: Float64Array | null = null;
  steps = 0;
  #rows: { sentence: number; read: number[] }[];

  constructor(seed: number, sentences: readonly number[], size: number, { levels = 2 ** 20, positions = 0 } = {}) {
    [this.seed, this.size, this.levels, this.positions] = [seed, size, levels, positions];
    this.#rows = sentences.map((sentence) => ({ sentence, read: [] }));
  }

  get rows(): number {
    return this.#rows.length;
  }

  step(tokens: Int32Array): Logits {
    this.steps++;
    expect(tokens.length).toBe(this.rows);
    this.#rows = this.#rows.map(({ sentence, read }, i) => ({ sentence, read: [...read, tokens[i]] }));
    if (this.positions > 0)
      this.attention = Float64Array.from(this.#rows.flatMap((row) => this.weights(row.sentence, row.read)));
    return Float32Array.from(this.#rows.flatMap((row) => this.scores(row.sentence, row.read)));
  }

  select(rows: Int32Array): void {
    this.#rows = Array.from(rows, (row) => this.#rows[row]);
  }

  scores(sentence: number, read: readonly number[]): number[] {
    return scoresOf(this.seed, sentence, read, this.size, this.levels);
  }

  weights(sentence: number, read: readonly number[]): number[] {
    const raw = scoresOf(this.seed + 1, sentence, read, this.positions);
    const sum = raw.reduce((a, b) => a + b, 0);
    return raw.map((weight) => weight / sum);
  }
}

const START = 0;
const END = 1;

/** Every sequence there is, ranked: what a beam wide enough must find. */
function bruteForce(table: Table, sentence: number, options: BeamOptions): Hypothesis[] {
  const {
    maxLength,
    minLength = 0,
    lengthPenalty = "average",
    alpha = 1,
    coveragePenalty: kind = "none",
    beta = 0.2,
  } = options;
  const { banned = [], noRepeat = 0, prefixes } = options;
  const prefix = Array.from(prefixes?.[sentence] ?? []);
  const all: Hypothesis[] = [];
  const visit = (tokens: number[], total: number, attention: number[][]): void => {
    const read = [START, ...tokens];
    const scores = table.scores(sentence, read).map(Math.fround);
    const norm = Math.log(scores.reduce((sum, score) => sum + Math.exp(score), 0));
    const looked = table.positions > 0 ? [...attention, table.weights(sentence, read)] : attention;
    if (tokens.length >= Math.max(minLength, prefix.length)) {
      const logProbability = total + scores[END] - norm;
      let score = logProbability / lengthDivisor(lengthPenalty, alpha, tokens.length + 1);
      if (kind !== "none") {
        const sums = looked[0].map((_, s) => looked.reduce((sum, weights) => sum + weights[s], 0));
        score += coveragePenalty(kind, beta, sums, sums.length);
      }
      all.push({ tokens, logProbability, score, ended: true });
    }
    if (tokens.length === maxLength) return;
    for (let token = 0; token < table.size; token++) {
      const next = [...tokens, token];
      const forced = tokens.length < prefix.length;
      if (forced ? token !== prefix[tokens.length] : token === END || banned.includes(token)) continue;
      if (!forced && repeats(next, noRepeat)) continue;
      visit(next, total + scores[token] - norm, looked);
    }
  };
  visit([], 0, []);
  return all.sort((a, b) => b.score - a.score);
}

/** Whether the last `order` tokens were there before. */
function repeats(tokens: readonly number[], order: number): boolean {
  if (order === 0 || tokens.length < order) return false;
  const tail = tokens.slice(-order).join();
  return tokens.slice(0, -1).some((_, i) => i + order < tokens.length && tokens.slice(i, i + order).join() === tail);
}

function expectSame(found: readonly Hypothesis[], expected: readonly Hypothesis[]): void {
  expect(found.map(({ tokens }) => tokens)).toEqual(expected.map(({ tokens }) => tokens));
  for (const [i, { score, logProbability }] of found.entries()) {
    expect(score).toBeCloseTo(expected[i].score, 10);
    expect(logProbability).toBeCloseTo(expected[i].logProbability, 10);
  }
}

describe("a beam wide enough finds what trying all sequences finds", () => {
  const base = { start: START, end: END, maxLength: 3, beam: 100, best: 6 };
  test.each<[string, Partial<BeamOptions>]>([
    ["mean per token", {}],
    ["no length penalty", { lengthPenalty: "none" }],
    ["GNMT's", { lengthPenalty: "gnmt", alpha: 0.8 }],
    ["a strong one", { lengthPenalty: "average", alpha: 2 }],
    ["at least three tokens", { minLength: 3 }],
    ["banned tokens", { banned: [START, 2] }],
    ["no token twice", { noRepeat: 1 }],
    ["no pair twice", { noRepeat: 2 }],
    ["prefixes of different lengths", { prefixes: [[3, 3], [], [2]] }],
    ["a prefix that is banned and repeats", { prefixes: [[2, 2], [2], [4, 2, 2]], banned: [2], noRepeat: 1 }],
    ["coverage", { coveragePenalty: "gnmt", beta: 0.5 }],
    ["coverage, over-used positions", { coveragePenalty: "summary", beta: 0.7, lengthPenalty: "none" }],
    ["stopping by bound", { finish: "bound", maxLength: 4, beam: 300 }],
    ["stopping by bound, GNMT's penalty", { finish: "bound", lengthPenalty: "gnmt", alpha: 0.6, best: 2 }],
  ])("%s", (_, more) => {
    const options = { ...base, ...more };
    const table = new Table(11, [0, 1, 2], 5, { positions: 3 });
    const found = beamSearch(table, options);
    for (const sentence of [0, 1, 2]) {
      expectSame(found[sentence], bruteForce(table, sentence, options).slice(0, options.best));
    }
  });

  test("whatever the table", () => {
    fc.assert(
      fc.property(
        fc.integer(),
        fc.integer({ min: 1, max: 3 }),
        fc.constantFrom(0, 0.5, 1),
        (seed, maxLength, alpha) => {
          const options = { start: START, end: END, maxLength, beam: 50, best: 3, alpha };
          const table = new Table(seed | 0, [0], 4);
          expectSame(beamSearch(table, options)[0], bruteForce(table, 0, options).slice(0, 3));
        },
      ),
      { numRuns: 50 },
    );
  });

  test("stopping by bound gives up nothing and costs less", () => {
    // The end becomes ever more likely, so that going on soon cannot pay.
    const steps = (finish: "bound" | "full"): [number, readonly number[]] => {
      const table = new Table(5, [0], 4);
      const plain = table.scores.bind(table);
      table.scores = (sentence, read) => plain(sentence, read).map((score, id) => (id === END ? score + 3 : score));
      const [[{ tokens }]] = beamSearch(table, {
        start: START,
        end: END,
        maxLength: 6,
        beam: 300,
        lengthPenalty: "none",
        finish,
      });
      return [table.steps, tokens];
    };
    const [[bound, first], [full, second]] = [steps("bound"), steps("full")];
    expect(first).toEqual(second);
    expect(bound).toBeLessThan(full);
  });
});

describe("a narrow beam", () => {
  const options = { start: START, end: END, maxLength: 12 };

  test("of one is greedy", () => {
    for (let seed = 0; seed < 30; seed++) {
      const table = new Table(seed, [0], 6);
      const written: number[] = [];
      for (;;) {
        const scores = table.scores(0, [START, ...written]);
        const best = written.length === options.maxLength ? END : scores.indexOf(Math.max(...scores));
        if (best === END) break;
        written.push(best);
      }
      for (const finish of ["full", "first"] as const) {
        const [[{ tokens }]] = beamSearch(new Table(seed, [0], 6), { ...options, beam: 1, finish });
        expect(tokens).toEqual(written);
      }
    }
  });

  test("finds no less than greedy does in most cases, and keeps its books", () => {
    let better = 0;
    for (let seed = 0; seed < 40; seed++) {
      const settings = { ...options, maxLength: 5, best: 3, lengthPenalty: "none", finish: "bound" } as const;
      const table = new Table(seed, [0], 5);
      const [found] = beamSearch(table, { ...settings, beam: 5 });
      const [[greedy]] = beamSearch(new Table(seed, [0], 5), { ...settings, beam: 1, best: 1 });
      if (found[0].score > greedy.score + 1e-9) better++;
      const all = bruteForce(table, 0, settings);
      for (const { tokens, score, ended } of found) {
        expect(ended).toBe(true);
        expect(score).toBeCloseTo(all.find((other) => other.tokens.join() === tokens.join())!.score, 10);
      }
      expect(found.map(({ score }) => score)).toEqual(found.map(({ score }) => score).sort((a, b) => b - a));
      expect(new Set(found.map(({ tokens }) => tokens.join())).size).toBe(found.length);
    }
    expect(better).toBeGreaterThan(5);
  });

  test("of many sentences is that of each alone, with fewer rows as they end", () => {
    const sentences = [3, 0, 8, 5, 1];
    const maxLength = [5, 12, 1, 7, 12];
    const prefixes = [[2], [], [4], [3, 3, 3], []];
    const settings = { ...options, beam: 3, best: 3, noRepeat: 2, coveragePenalty: "gnmt" as const };
    const together = beamSearch(new Table(4, sentences, 6, { positions: 4 }), { ...settings, maxLength, prefixes });
    for (const [i, sentence] of sentences.entries()) {
      const own = { ...settings, maxLength: maxLength[i], prefixes: [prefixes[i]] };
      expect(together[i]).toEqual(beamSearch(new Table(4, [sentence], 6, { positions: 4 }), own)[0]);
    }
    expect(new Set(together.map((found) => found[0].tokens.join())).size).toBeGreaterThan(2);
  });

  test("ends do not take the place of what goes on", () => {
    // After the start the end is likelier than 2, but 2, 3 and an end are better per token.
    const model = stepper(4, (read) => {
      const chain = { "0": [-9, 3, 2.8, -9], "0,2": [-9, -9, -9, 9], "0,2,3": [-9, 9, -9, -9] }[read.join()];
      return chain ?? [-9, 0, -9, -9];
    });
    const [found] = beamSearch(rowsOf(model), { start: 0, end: 1, maxLength: 5, beam: 1, finish: "bound" });
    expect(found[0].tokens).toEqual([2, 3]);
  });
});

describe("ties", () => {
  test("go to the lower token, and a search has one result", () => {
    const even = stepper(4, () => [0, 0, 0, 0]);
    const [found] = beamSearch(rowsOf(even), {
      start: 0,
      end: 1,
      maxLength: 3,
      beam: 4,
      best: 4,
      lengthPenalty: "none",
    });
    expect(found[0].tokens).toEqual([]);
    const [[first]] = beamSearch(rowsOf(even), { start: 0, end: 1, maxLength: 3, minLength: 3, beam: 2 });
    expect(first.tokens).toEqual([0, 0, 0]);
  });

  test("a wide beam ranks equal answers by their tokens", () => {
    for (let seed = 0; seed < 10; seed++) {
      const settings = { start: START, end: END, maxLength: 3, beam: 200, best: 20 };
      const [found] = beamSearch(new Table(seed, [0], 4, { levels: 2 }), settings);
      const ranked = [...found].sort((a, b) => b.score - a.score || (a.tokens.join() < b.tokens.join() ? -1 : 1));
      expect(found.map(({ tokens }) => tokens)).toEqual(ranked.map(({ tokens }) => tokens));
      expect(beamSearch(new Table(seed, [0], 4, { levels: 2 }), settings)[0]).toEqual(found);
    }
  });
});

describe("what a search says", () => {
  test("where the model looked, for each token and the end", () => {
    const table = new Table(2, [0], 5, { positions: 3 });
    const [[{ tokens, attention }]] = beamSearch(table, { start: START, end: END, maxLength: 6, minLength: 2 });
    expect(attention).toHaveLength(tokens.length + 1);
    for (const [t, weights] of attention!.entries()) {
      expect([...weights]).toEqual(table.weights(0, [START, ...tokens.slice(0, t)]));
    }
  });

  test("without an end token everything is as long as it may be, and says so", () => {
    const [[hypothesis]] = beamSearch(new Table(1, [0], 5), { start: START, maxLength: 4 });
    expect(hypothesis.tokens).toHaveLength(4);
    expect(hypothesis.ended).toBe(false);
  });

  test("where nothing may be written, what there is", () => {
    const never = stepper(3, () => [0, -Infinity, 0]);
    const [[hypothesis]] = beamSearch(rowsOf(never), { start: 0, end: 1, maxLength: 9, noRepeat: 1 });
    expect(hypothesis).toMatchObject({ tokens: [0, 2], ended: false });
    expect(beamSearch(rowsOf(never), { start: 0, end: 1, maxLength: 9, banned: [0, 2] })).toEqual([
      [{ tokens: [], logProbability: 0, score: 0, ended: false }],
    ]);
  });

  test("a model of one sequence is searched by its saved states", () => {
    const table = new Table(9, [0], 5);
    const one = stepper(5, (read) => table.scores(0, read));
    const options = { start: START, end: END, maxLength: 6, beam: 4, best: 4 };
    expect(beamSearch(rowsOf(one), options)).toEqual(beamSearch(table, options));
  });

  test("scores that are none, and rows of another size", () => {
    const broken = stepper(3, () => [0, NaN, 0]);
    expect(() => beamSearch(rowsOf(broken), { start: 0, maxLength: 1 })).toThrow("beamSearch: score 1 is NaN");
    const short: RowStepper = { size: 3, rows: 1, step: () => new Float32Array(2), select: () => {} };
    expect(() => beamSearch(short, { start: 0, maxLength: 1 })).toThrow("1 rows of 3");
  });
});

test.each<[Partial<BeamOptions>, string]>([
  [{ beam: 0 }, "beam must be"],
  [{ best: 6 }, "best must be at most beam, 5"],
  [{ maxLength: 0 }, "maxLength must be"],
  [{ maxLength: [3, 3] }, "a list of 1, one for each sentence"],
  [{ minLength: 4, maxLength: 3 }, "an integer from 4"],
  [{ start: 5 }, "start must be a token from 0 to 4"],
  [{ banned: [-1] }, "banned must be"],
  [{ alpha: -1 }, "alpha must be"],
  [{ prefixes: [[1]] }, "without the end"],
  [{ prefixes: [[2, 2, 2, 2]] }, "at most maxLength, 3"],
  [{ lengthPenalty: "wu" as "gnmt" }, "Known: average, gnmt, none"],
  [{ coveragePenalty: "gnmt" }, "a model without attention"],
  [{ beamSize: 5 } as object, 'no option "beamSize"'],
  [{ lengthPenalty: "none", alpha: 1 }, "alpha needs a lengthPenalty other than"],
  [{ beta: 1 }, "beta needs a coveragePenalty"],
  [{ end: undefined, minLength: 1 }, "minLength needs an end token"],
  [{ end: undefined, finish: "first" }, "finish needs an end token"],
])("refuses %j", (options, message) => {
  const search = (): unknown => beamSearch(new Table(0, [0], 5), { start: START, end: END, maxLength: 3, ...options });
  expect(search).toThrow(message);
});

describe("penalties", () => {
  test("lengths", () => {
    expect(lengthDivisor("gnmt", 0.6, 1)).toBe(1);
    expect(lengthDivisor("gnmt", 1, 7)).toBe(2);
    expect(lengthDivisor("average", 1, 7)).toBe(7);
    expect(lengthDivisor("average", 0.5, 16)).toBeCloseTo(4, 14);
    expect(lengthDivisor("none", 1, 16)).toBe(1);
  });

  test("coverage, of the positions that there are", () => {
    expect(coveragePenalty("gnmt", 0.5, [2, 0.5, 0], 2)).toBeCloseTo(0.5 * Math.log(0.5), 14);
    expect(coveragePenalty("summary", 0.5, [2, 0.5, 4], 2)).toBe(-0.5);
    expect(coveragePenalty("gnmt", 1, [0], 1)).toBeCloseTo(Math.log(1e-9), 12);
  });
});

/** A model of one sequence, by a function of everything it read. */
function stepper(size: number, scores: (read: readonly number[]) => number[]): Stepper<readonly number[]> {
  let read: readonly number[] = [];
  return {
    size,
    step(token) {
      read = [...read, token];
      return Float32Array.from(scores(read));
    },
    save: () => read,
    restore(state) {
      read = state;
    },
  };
}
