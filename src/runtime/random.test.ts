import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { bits, deriveKey, Rng, type RngState } from "./random.js";

/** Pearson's χ² of counts against equal shares, as standard deviations from its mean. */
function chiSquare(counts: ArrayLike<number>): number {
  const total = Array.from(counts).reduce((a, b) => a + b, 0);
  const share = total / counts.length;
  let sum = 0;
  for (let i = 0; i < counts.length; i++) sum += (counts[i] - share) ** 2 / share;
  return (sum - (counts.length - 1)) / Math.sqrt(2 * (counts.length - 1));
}

const ones = (x: number): number => {
  let n = 0;
  for (; x !== 0; x &= x - 1) n++;
  return n;
};

const KEYS = [
  [0, 0],
  [1, 0],
  [0, 1],
  [0xffffffff, 0x80000000],
  [0x12345678, 0x9abcdef0],
] as const;

describe("bits", () => {
  it("is a fixed function of its four words", () => {
    const values = [
      bits(0, 0, 0, 0),
      bits(1, 2, 3, 4),
      bits(0xffffffff, 0x80000000, 123456, 7),
      bits(-1, -2147483648, 123456, 7),
    ];
    expect(values).toMatchInlineSnapshot(`
      [
        916255435,
        730597304,
        2988697703,
        2988697703,
      ]
    `);
    expect(values[2]).toBe(values[3]);
  });

  it("fills every byte evenly, over rows, columns and the plane", () => {
    for (const [k0, k1] of KEYS) {
      for (const [rows, cols] of [
        [1, 65536],
        [65536, 1],
        [256, 256],
      ]) {
        for (const shift of [0, 8, 16, 24]) {
          const counts = new Uint32Array(256);
          for (let i = 0; i < rows; i++) for (let j = 0; j < cols; j++) counts[(bits(k0, k1, i, j) >>> shift) & 255]++;
          expect(Math.abs(chiSquare(counts))).toBeLessThan(5);
        }
      }
    }
  });

  it("drops the share it is asked to, with the variance of independent draws", () => {
    const p = 0.2;
    const threshold = Math.floor(p * 2 ** 32);
    const [k0, k1] = deriveKey(1, "l0.dropout", 3);
    const perRow = Array.from({ length: 2000 }, (_, i) => {
      let dropped = 0;
      for (let j = 0; j < 128; j++) if (bits(k0, k1, i, j) < threshold) dropped++;
      return dropped;
    });
    const mean = perRow.reduce((a, b) => a + b) / perRow.length;
    const variance = perRow.reduce((a, b) => a + (b - mean) ** 2, 0) / perRow.length;
    expect(mean / 128).toBeCloseTo(p, 2);
    expect(variance / (128 * p * (1 - p))).toBeGreaterThan(0.9);
    expect(variance / (128 * p * (1 - p))).toBeLessThan(1.1);
  });

  it("shows no correlation between neighbours in rows, columns and keys", () => {
    const steps = [
      [0, 0, 1, 0],
      [0, 0, 0, 1],
      [1, 0, 0, 0],
      [0, 1, 0, 0],
      [0, 0, 1, 1],
      [1, 0, 1, 0],
      [0, 1, 0, 1],
    ];
    for (const [d0, d1, di, dj] of steps) {
      let sum = 0;
      let agree = 0;
      const n = 200;
      for (let i = 0; i < n; i++) {
        for (let j = 0; j < n; j++) {
          const a = bits(11, 22, i, j);
          const b = bits(11 + d0, 22 + d1, i + di, j + dj);
          sum += (a / 2 ** 32 - 0.5) * (b / 2 ** 32 - 0.5);
          agree += 32 - ones(a ^ b);
        }
      }
      const count = n * n;
      expect(Math.abs((sum / count) * 12)).toBeLessThan(5 / Math.sqrt(count));
      expect(Math.abs(agree / (32 * count) - 0.5)).toBeLessThan(5 / (2 * Math.sqrt(32 * count)));
    }
  });

  it("flips half of the output bits for each input bit", () => {
    for (let word = 0; word < 4; word++) {
      for (let bit = 0; bit < 32; bit++) {
        const flips = new Uint32Array(32);
        const trials = 600;
        for (let t = 0; t < trials; t++) {
          const args = [t * 7, t * 13 + 1, t, t >>> 3];
          const before = bits(args[0], args[1], args[2], args[3]);
          args[word] ^= 1 << bit;
          const changed = before ^ bits(args[0], args[1], args[2], args[3]);
          for (let out = 0; out < 32; out++) flips[out] += (changed >>> out) & 1;
        }
        for (const count of flips) expect(Math.abs(count / trials - 0.5)).toBeLessThan(0.13);
      }
    }
  });
});

describe("deriveKey", () => {
  it("tells seeds, paths and steps apart", () => {
    const seen = new Set<string>();
    for (const seed of [0, 1, -1, 2 ** 32, 2 ** 32 + 1, 2 ** 52]) {
      for (const path of ["", "a", "b", "ab", "ba", "l0.dropout", "l1.dropout", "\u0100"]) {
        for (const step of [0, 1, 2, 2 ** 32, 10 ** 9]) seen.add(deriveKey(seed, path, step).join());
      }
    }
    expect(seen.size).toBe(6 * 8 * 5);
  });

  it("refuses what is no whole number", () => {
    for (const seed of [0.5, NaN, Infinity, 2 ** 60]) expect(() => deriveKey(seed, "x")).toThrow(/whole number/);
  });
});

describe("Rng", () => {
  it("is Philox4x32-10: Random123's known answer for counter 0 under key 0", () => {
    const rng = Rng.from({ algorithm: "philox4x32-10", key: [0, 0], position: 0 });
    // 6627e8d5 e169c58d bc57ac4c 9b00dbd8, taken 53 bits at a time.
    const join = (a: number, b: number): number => ((a >>> 5) * 67108864 + (b >>> 6)) / 2 ** 53;
    expect([rng.uniform(), rng.uniform()]).toEqual([join(0x6627e8d5, 0xe169c58d), join(0xbc57ac4c, 0x9b00dbd8)]);
  });

  it("is Philox4x32-10 under another key, beyond 2³² blocks too", () => {
    const key = [0xa4093822, 0x299f31d0] as const;
    const reference = (block: bigint): bigint[] => {
      let c = [block & 0xffffffffn, block >> 32n, 0n, 0n];
      let [k0, k1] = [BigInt(key[0]), BigInt(key[1])];
      for (let round = 0; round < 10; round++) {
        const [p0, p1] = [0xd2511f53n * c[0], 0xcd9e8d57n * c[2]];
        c = [(p1 >> 32n) ^ c[1] ^ k0, p1 & 0xffffffffn, (p0 >> 32n) ^ c[3] ^ k1, p0 & 0xffffffffn];
        k0 = (k0 + 0x9e3779b9n) & 0xffffffffn;
        k1 = (k1 + 0xbb67ae85n) & 0xffffffffn;
      }
      return c;
    };
    for (const position of [0, 2, 200, 2 ** 33 + 4, 2 ** 50]) {
      const rng = Rng.from({ algorithm: "philox4x32-10", key, position });
      const [a, b] = reference(BigInt(position) / 2n).map(Number);
      expect(rng.uniform()).toBe(((a >>> 5) * 67108864 + (b >>> 6)) / 2 ** 53);
    }
  });

  it("resumes anywhere from its state, through JSON", () => {
    fc.assert(
      fc.property(fc.integer(), fc.nat({ max: 50 }), (seed, draws) => {
        const rng = new Rng(seed);
        for (let i = 0; i < draws; i++) rng.normal();
        const copy = Rng.from(JSON.parse(JSON.stringify(rng.state())) as RngState);
        const tail = (r: Rng): number[] => [r.uniform(), r.normal(), r.integer(1000), r.uniform()];
        expect(tail(copy)).toEqual(tail(rng));
      }),
    );
  });

  it("splits by name, whatever was drawn before", () => {
    const rng = new Rng(3);
    const early = rng.split("a").uniform();
    rng.uniform();
    expect(rng.split("a").uniform()).toBe(early);
    const others = [rng.split("b"), rng.split(0), rng.split("0"), rng.split("a").split("a"), new Rng(4).split("a")];
    expect(new Set([early, ...others.map((r) => r.uniform())]).size).toBe(6);
  });

  it("is uniform and normal", () => {
    const rng = new Rng(5);
    const counts = new Uint32Array(1000);
    for (let i = 0; i < 100_000; i++) counts[Math.floor(rng.uniform() * 1000)]++;
    expect(Math.abs(chiSquare(counts))).toBeLessThan(5);
    const moments = [0, 0, 0, 0];
    const n = 100_000;
    for (let i = 0; i < n; i++) {
      const x = rng.normal();
      moments.forEach((_, k) => (moments[k] += x ** (k + 1) / n));
    }
    // Five standard deviations of the k-th sample moment: √(E x²ᵏ − (E xᵏ)²) = 1, √2, √15, √96.
    [1, Math.sqrt(2), Math.sqrt(15), Math.sqrt(96)].forEach((sd, k) => {
      expect(Math.abs(moments[k] - [0, 1, 0, 3][k])).toBeLessThan((5 * sd) / Math.sqrt(n));
    });
  });

  it("draws integers without bias and shuffles fairly", () => {
    const rng = new Rng(6);
    const counts = new Uint32Array(7);
    for (let i = 0; i < 70_000; i++) counts[rng.integer(7)]++;
    expect(Math.abs(chiSquare(counts))).toBeLessThan(5);
    expect(rng.integer(1)).toBe(0);
    expect(rng.integer(2 ** 32)).toBeGreaterThanOrEqual(0);
    const orders = new Map<string, number>();
    for (let i = 0; i < 24_000; i++) {
      const order = rng.shuffle([1, 2, 3, 4]).join("");
      orders.set(order, (orders.get(order) ?? 0) + 1);
    }
    expect(orders.size).toBe(24);
    expect(Math.abs(chiSquare([...orders.values()]))).toBeLessThan(5);
    expect(() => rng.integer(0)).toThrow(/1 ≤ n/);
  });

  it("refuses a state it did not write", () => {
    const good = new Rng(1).state();
    for (const bad of [
      undefined,
      {},
      { ...good, algorithm: "mt" },
      { ...good, key: [1] },
      { ...good, key: [-1, 0] },
      { ...good, position: 0.5 },
    ]) {
      expect(() => Rng.from(bad as RngState)).toThrow(/expected/);
    }
  });
});
