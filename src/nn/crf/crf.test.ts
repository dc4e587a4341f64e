import { describe, expect, test } from "vitest";
import { Rng } from "../../runtime/index.js";
import { gradcheck } from "../../testing/index.js";
import { mul, scope, sum, Tensor } from "../../tensor/index.js";
import { spanConstraints, type TagConstraints } from "./constraints.js";
import { CRF } from "./crf.js";

const L = 3;
const T = 4;
const LENGTHS = [4, 1, 0, 3];
const B = LENGTHS.length;

/** Of three tags: 2 never begins, 0 never ends, and 2 never follows 0. */
const FORBIDDING: TagConstraints = {
  start: [true, true, false],
  end: [false, true, true],
  transitions: [
    [true, true, false],
    [true, true, true],
    [true, true, true],
  ],
};

function normals(seed: number, n: number, scale = 1): Float64Array {
  const rng = new Rng(seed);
  return Float64Array.from({ length: n }, () => scale * rng.normal());
}

function crfOf(constraints?: TagConstraints, scale = 1): CRF {
  const crf = new CRF({ tags: L, constraints, dtype: "f64" });
  for (const [i, p] of crf.parameters().entries()) p.set(normals(10 + i, p.size, scale));
  return crf;
}

const emissionsWith = (scale = 1): Tensor =>
  Tensor.from(normals(1, T * B * L, scale), [T, B, L], { requiresGrad: true });

/** Legal under both, and under `FORBIDDING`: sequence by column. */
const GOLD = Int32Array.from([0, 1, 9, 1, 1, 9, 9, 2, 2, 9, 9, 1, 1, 9, 9, 9]);
const gold = (): Tensor => Tensor.from(GOLD, [T, B]);

/** All sequences of length n with their scores, written as the definition has it. */
function everySequence(crf: CRF, emissions: Tensor, b: number, n: number): { tags: number[]; score: number }[] {
  const [start, end, transitions] = crf.parameters().map((p) => p.toArray());
  const e = emissions.toArray();
  const may = crf.constraints;
  const found: { tags: number[]; score: number }[] = [];
  for (let code = 0; code < L ** n; code++) {
    const tags = Array.from({ length: n }, (_, t) => Math.floor(code / L ** t) % L);
    let score = start[tags[0]] + end[tags[n - 1]];
    let legal = may === null || (may.start[tags[0]] && may.end[tags[n - 1]]);
    tags.forEach((tag, t) => {
      score += e[(t * B + b) * L + tag];
      if (t === 0) return;
      score += transitions[tags[t - 1] * L + tag];
      legal &&= may === null || may.transitions[tags[t - 1]][tag];
    });
    if (legal) found.push({ tags, score });
  }
  return found.toSorted((x, y) => y.score - x.score);
}

const partitionOf = (all: readonly { score: number }[]): number => {
  const top = all[0].score;
  return top + Math.log(all.reduce((total, { score }) => total + Math.exp(score - top), 0));
};

describe.each([
  ["free", undefined, 1],
  ["constrained", FORBIDDING, 1],
  ["scores far apart", undefined, 400],
  ["scores far apart, constrained", FORBIDDING, 400],
] as const)("against all sequences: %s", (_, constraints, scale) => {
  const crf = crfOf(constraints, scale);
  const emissions = emissionsWith(scale);
  const options = { lengths: LENGTHS };
  const nonempty = LENGTHS.flatMap((n, b) => (n > 0 ? [{ n, b, all: everySequence(crf, emissions, b, n) }] : []));

  test("ln Z, score and loss", () => {
    scope(() => {
      const partition = crf.logPartition(emissions, options).toArray();
      const score = crf.score(emissions, gold(), options).toArray();
      const loss = crf.loss(emissions, gold(), { ...options, reduction: "none" }).toArray();
      for (const { n, b, all } of nonempty) {
        const own = all.find(({ tags }) => tags.every((tag, t) => tag === GOLD[t * B + b]))!;
        expect(partition[b]).toBeCloseTo(partitionOf(all), 10);
        expect(score[b]).toBeCloseTo(own.score, 10);
        expect(loss[b]).toBeCloseTo(partitionOf(all) - own.score, 10);
        expect(n).toBe(own.tags.length);
      }
      expect([partition[2], score[2], loss[2]].map(Math.abs)).toEqual([0, 0, 0]);
    });
  });

  test("marginals and their entropy", () => {
    scope(() => {
      const marginals = crf.marginals(emissions, options).toArray();
      const entropy = crf.entropy(emissions, options).toArray();
      const expected = marginals.map(() => 0);
      for (const { b, all } of nonempty) {
        const z = partitionOf(all);
        for (const { tags, score } of all) {
          for (const [t, tag] of tags.entries()) expected[(t * B + b) * L + tag] += Math.exp(score - z);
        }
      }
      marginals.forEach((p, i) => expect(p).toBeCloseTo(expected[i], 11));
      entropy.forEach((nats, row) => {
        const own = expected.slice(row * L, row * L + L);
        const direct = own.reduce((total, p) => (p > 1e-300 ? total - p * Math.log(p) : total), 0);
        expect(nats).toBeCloseTo(direct, 10);
      });
    });
  });

  test("the best, the n best, and how probable they are", () => {
    const best = crf.decode(emissions, options);
    for (const n of [1, 2, 5, 100]) {
      const ranked = crf.nBest(emissions, n, options);
      for (const { b, all } of nonempty) {
        const z = partitionOf(all);
        expect(best[b].tags).toEqual(all[0].tags);
        expect(ranked[b].map(({ tags }) => tags)).toEqual(all.slice(0, n).map(({ tags }) => tags));
        ranked[b].forEach(({ score, probability }, k) => {
          expect(score).toBeCloseTo(all[k].score, 10);
          expect(probability).toBeCloseTo(Math.exp(all[k].score - z), 11);
        });
      }
    }
    expect(best[2]).toEqual({ tags: [], score: 0 });
  });

  test("minimum risk: the most tags expected to be right", () => {
    const found = crf.decode(emissions, { ...options, method: "marginal" });
    for (const { b, all } of nonempty) {
      const z = partitionOf(all);
      const right = (tags: readonly number[]): number =>
        all.reduce((total, other) => {
          const same = tags.filter((tag, t) => tag === other.tags[t]).length;
          return total + same * Math.exp(other.score - z);
        }, 0);
      const most = all.reduce((top, { tags }) => Math.max(top, right(tags)), 0);
      expect(found[b].score).toBeCloseTo(most, 10);
      expect(right(found[b].tags)).toBeCloseTo(most, 10);
    }
  });
});

test("the gradient is marginals − gold, for transitions expected − gold counts", () => {
  const crf = crfOf(FORBIDDING);
  scope(() => {
    const emissions = emissionsWith();
    const marginals = crf.marginals(emissions, { lengths: LENGTHS }).toArray();
    crf.loss(emissions, gold(), { lengths: LENGTHS, reduction: "sum" }).backward();
    GOLD.forEach((tag, row) => {
      if (tag < L) marginals[row * L + tag] -= 1;
    });
    expect(emissions.grad!.toArray()).toEqual(marginals);

    const counts = Array.from({ length: L * L }, () => 0);
    for (const [b, n] of LENGTHS.entries()) {
      if (n === 0) continue;
      const all = everySequence(crf, emissions, b, n);
      const z = partitionOf(all);
      for (const { tags, score } of all) {
        for (let t = 1; t < n; t++) counts[tags[t - 1] * L + tags[t]] += Math.exp(score - z);
      }
      for (let t = 1; t < n; t++) counts[GOLD[(t - 1) * B + b] * L + GOLD[t * B + b]] -= 1;
    }
    crf.transitions.grad!.toArray().forEach((value, i) => expect(value).toBeCloseTo(counts[i], 12));
    // From 0 to 2: forbidden, so it is never expected and never learned.
    expect(crf.transitions.grad!.toArray()[2]).toBe(0);
  });
});

describe.each([
  ["free", undefined],
  ["constrained", FORBIDDING],
] as const)("gradients against differences: %s", (_, constraints) => {
  const crf = crfOf(constraints);
  const inputs = (): Tensor[] => [emissionsWith(), ...crf.parameters()];

  test.each(["none", "sum", "mean", "token_mean"] as const)("loss, %s", (reduction) => {
    gradcheck((e) => crf.loss(e, gold(), { lengths: LENGTHS, reduction }), inputs());
  });
  test("ln Z and score", () => {
    gradcheck((e) => crf.logPartition(e, { lengths: LENGTHS }), inputs());
    gradcheck((e) => crf.score(e, gold(), { lengths: LENGTHS }), inputs());
  });
  test("where the sums underflow", () => {
    // Tag 0 can only be left by a transition of −800: what a product of powers would lose.
    const steep = crfOf(constraints);
    steep.transitions.set([0, -800, -800, -800, 0, -800, -800, -801, 0]);
    const e = Tensor.from(normals(3, 3 * L), [3, 1, L], { requiresGrad: true });
    e.data().set([900, 0, 0], 0);
    e.data().set([0, 0, 900], 2 * L);
    const tags = Tensor.from(Int32Array.from([0, 1, 2]), [3, 1]);
    // Of scores in the hundreds a difference loses three digits.
    gradcheck((x) => crf.loss(x, tags), [e, ...steep.parameters()], { tolerance: 1e-5 });
    gradcheck((x) => steep.loss(x, tags), [e, ...steep.parameters()], { tolerance: 1e-5 });
  });
});

test("reductions are what they say", () => {
  scope(() => {
    const crf = crfOf();
    const of = (reduction: "none" | "sum" | "mean" | "token_mean"): number[] =>
      crf.loss(emissionsWith(), gold(), { lengths: LENGTHS, reduction }).toArray();
    const total = of("none").reduce((a, b) => a + b, 0);
    expect(of("sum")[0]).toBeCloseTo(total, 12);
    expect(of("mean")[0]).toBeCloseTo(total / 3, 12);
    expect(of("token_mean")[0]).toBeCloseTo(total / 8, 12);
    expect(crf.logLikelihood(emissionsWith(), gold(), { lengths: LENGTHS, reduction: "sum" }).item()).toBe(
      -of("sum")[0],
    );
  });
});

describe("what is not there", () => {
  const run = (fill: number, selection: { lengths?: number[]; mask?: Tensor }, tag = 9): number[][] =>
    scope(() => {
      const crf = crfOf(FORBIDDING);
      const emissions = emissionsWith();
      for (let t = 0; t < T; t++) {
        for (let b = 0; b < B; b++)
          if (t >= LENGTHS[b]) emissions.data().fill(fill, (t * B + b) * L, (t * B + b + 1) * L);
      }
      const tags = Tensor.from(
        GOLD.map((own, i) => (Math.floor(i / B) >= LENGTHS[i % B] ? tag : own)),
        [T, B],
      );
      const loss = crf.loss(emissions, tags, selection);
      loss.backward();
      return [
        loss.toArray(),
        emissions.grad!.toArray(),
        ...crf.parameters().map((p) => p.grad!.toArray()),
        crf.marginals(emissions, selection).toArray(),
        crf.entropy(emissions, selection).toArray(),
        ...crf.decode(emissions, selection).map(({ tags: found, score }) => [...found, score]),
      ];
    });

  test("padding may hold anything", () => {
    expect(run(NaN, { lengths: LENGTHS }, -77)).toEqual(run(0, { lengths: LENGTHS }));
    expect(run(Infinity, { lengths: LENGTHS }, 2)).toEqual(run(0, { lengths: LENGTHS }));
  });

  test("a mask of the same steps gives the same bits, and holes close", () => {
    const mask = Tensor.from(
      GOLD.map((_, i) => (Math.floor(i / B) < LENGTHS[i % B] ? 1 : 0)),
      [T, B],
    );
    expect(run(NaN, { mask })).toEqual(run(0, { lengths: LENGTHS }));
    scope(() => {
      const crf = crfOf();
      const emissions = emissionsWith();
      const rows = emissions.toArray();
      const step = (t: number): number[] => rows.slice(t * B * L, t * B * L + L);
      const closed = Tensor.from(Float64Array.from([...step(0), ...step(3)]), [2, 1, L]);
      const hole = Tensor.from([1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0], [T, B]);
      expect(crf.logPartition(emissions, { mask: hole }).toArray()[0]).toBe(crf.logPartition(closed).item());
      expect(crf.decode(emissions, { mask: hole })[0]).toEqual(crf.decode(closed)[0]);
    });
  });

  test("a batch is its sequences alone, bit for bit", () => {
    scope(() => {
      const crf = crfOf(FORBIDDING);
      const emissions = emissionsWith();
      const options = { lengths: LENGTHS };
      const losses = crf.loss(emissions, gold(), { ...options, reduction: "none" });
      sum(mul(losses, Tensor.from(normals(5, B)))).backward();
      const together = [losses.toArray(), crf.marginals(emissions, options).toArray(), emissions.grad!.toArray()];
      for (const [b, n] of LENGTHS.entries()) {
        const pick = (values: readonly number[], width: number): number[] =>
          Array.from({ length: n }, (_, t) => values.slice((t * B + b) * width, (t * B + b + 1) * width)).flat();
        const own = Tensor.from(Float64Array.from(pick(emissions.toArray(), L)), [n, 1, L], { requiresGrad: true });
        const tags = Tensor.from(Int32Array.from(pick([...GOLD], 1)), [n, 1]);
        const loss = crf.loss(own, tags, { reduction: "none" });
        sum(mul(loss, Tensor.from(normals(5, B).slice(b, b + 1)))).backward();
        expect(loss.item()).toBe(together[0][b]);
        expect(crf.marginals(own).toArray()).toEqual(pick(together[1], L));
        expect(own.grad?.toArray() ?? []).toEqual(pick(together[2], L));
        expect(crf.decode(own)[0]).toEqual(crf.decode(emissions, options)[b]);
      }
    });
  });
});

test("equal scores have one answer", () => {
  const crf = crfOf();
  for (const p of crf.parameters()) p.set(new Float64Array(p.size));
  const emissions = Tensor.zeros([2, 1, L], "f64");
  expect(crf.decode(emissions)[0].tags).toEqual([0, 0]);
  expect(crf.decode(emissions, { method: "marginal" })[0].tags).toEqual([0, 0]);
  const all = crf.nBest(emissions, 20)[0].map(({ tags }) => tags.join(""));
  expect(all).toEqual(["00", "10", "20", "01", "11", "21", "02", "12", "22"]);
});

test("constraints hold for emissions that scream, and gradients stay numbers", () => {
  const labels = ["O", "B-X", "I-X", "B-Y", "I-Y"];
  const crf = new CRF({ tags: 5, constraints: spanConstraints(labels, "iob2") });
  scope(() => {
    const emissions = Tensor.from(Float32Array.from(normals(4, 6 * 5, 1e4)), [6, 1, 5], { requiresGrad: true });
    const path = crf.decode(emissions)[0].tags.map((tag) => labels[tag]);
    path.forEach((label, t) => {
      if (label.startsWith("I")) expect(path[t - 1]?.slice(1)).toBe(label.slice(1));
    });
    crf.loss(emissions, Tensor.from(Int32Array.from([1, 2, 2, 0, 3, 4]), [6, 1])).backward();
    for (const value of emissions.grad!.toArray()) expect(Number.isFinite(value)).toBe(true);
    for (const p of crf.parameters()) for (const value of p.grad!.toArray()) expect(Number.isFinite(value)).toBe(true);
    expect(crf.marginals(emissions).toArray()[2]).toBe(0);
  });
});

describe("refusals", () => {
  const crf = crfOf(FORBIDDING);
  const e = emissionsWith();
  const options = { lengths: LENGTHS };

  test("gold that is forbidden is named by sequence and step", () => {
    const with_ = (row: number, tag: number): Tensor => Tensor.from(GOLD.with(row, tag), [T, B]);
    expect(() => crf.loss(e, with_(0, 2), options)).toThrow(/sequence 0 .* step 0: tag 2 may not begin/u);
    expect(() => crf.loss(e, with_(4, 0), options)).toThrow(/sequence 0 .* step 2: tag 2 may not follow tag 0/u);
    expect(() => crf.loss(e, with_(11, 0), options)).toThrow(/sequence 3 .* step 2: tag 0 may not end/u);
    expect(() => crf.loss(e, with_(7, 3), options)).toThrow(/step 1 of sequence 3 is 3, expected 0 … 2/u);
  });

  test("what is allowed can be asked", () => {
    expect([[0, 1], [2, 1], [0, 2], [1, 0], [0, 1, 2, 1], []].map((tags) => crf.allows(tags))).toEqual([
      true,
      false,
      false,
      false,
      true,
      true,
    ]);
    expect(crfOf().allows([2, 0])).toBe(true);
  });

  test("a length without any legal sequence", () => {
    const none = crfOf({ ...FORBIDDING, end: [false, false, false] });
    expect(() => none.decode(e, options)).toThrow(/no sequence of tags of length 4 is possible for sequence 0/u);
    expect(() => none.marginals(e, options)).toThrow(/no sequence of tags/u);
    expect(none.decode(e, { lengths: [0, 0, 0, 0] })[0].tags).toEqual([]);
  });

  test("options, shapes and sizes", () => {
    expect(() => new CRF({ tags: 0 })).toThrow(/tags must be/u);
    expect(() => new CRF({ tags: 4, constraints: FORBIDDING })).toThrow(/must have 4 entries/u);
    // @ts-expect-error no such option
    expect(() => new CRF({ tags: 4, labels: [] })).toThrow(/no option "labels"/u);
    // @ts-expect-error no such reduction
    expect(() => crf.loss(e, gold(), { ...options, reduction: "max" })).toThrow(/reduction cannot be "max"/u);
    // @ts-expect-error no such method
    expect(() => crf.decode(e, { method: "beam" })).toThrow(/method cannot be "beam"/u);
    expect(() => crf.loss(e, Tensor.zeros([B, T], "i32"))).toThrow(/\[4, 4, 3\]|tags/u);
    expect(() => crf.nBest(e, 0)).toThrow(/n must be/u);
    expect(() => crf.decode(Tensor.zeros([2, 2, 4], "f64"))).toThrow(/time-major/u);
    expect(() => crf.decode(Tensor.zeros([2, 2, L]))).toThrow(/f64/u);
    expect(() => crf.loss(e, gold(), { lengths: [0, 0, 0, 0] })).toThrow(/no sequence has a step/u);
  });
});

test("state dict has pytorch-crf's names and starts in ±0.1", () => {
  const crf = new CRF({ tags: 9 }, new Rng(3));
  expect(Object.keys(crf.stateDict())).toEqual(["start_transitions", "end_transitions", "transitions"]);
  const all = crf.parameters().flatMap((p) => p.toArray());
  expect(all.every((value) => Math.abs(value) <= 0.1)).toBe(true);
  expect(Math.max(...all)).toBeGreaterThan(0.08);
});
