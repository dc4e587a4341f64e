import { describe, expect, it } from "vitest";
import { Embedding, GRU, Linear, LSTM } from "../nn/index.js";
import { Rng } from "../runtime/index.js";
import { streamModel } from "./compile/index.js";
import type { StreamMember, StreamSession } from "./index.js";

const model = streamModel({
  recurrent: new LSTM({ inputSize: 2, hiddenSize: 7, layers: 2 }, new Rng(5)),
  output: new Linear({ inputSize: 7, outputSize: 3 }, new Rng(6)),
});

describe("a pool", () => {
  it("gives every member the bits it would have alone, whoever else is fed, joins or leaves", () => {
    const rng = new Rng(8);
    const pool = model.pool(6);
    const alone = new Map<StreamMember, StreamSession>();
    let steps = 0;
    for (let round = 0; round < 400; round++) {
      if (pool.size < 6 && rng.uniform() < 0.3) {
        // Some go on from where another session stopped.
        const session = model.session();
        if (rng.uniform() < 0.5) session.step([rng.uniform(), 1]);
        alone.set(pool.join(session.save()), session);
      }
      const fed = [...alone.keys()].filter(() => rng.uniform() < 0.6);
      const expected = new Map<StreamMember, number[]>();
      for (const member of fed) {
        const x = [rng.uniform(), rng.uniform()];
        if (rng.uniform() < 0.2) member.feed([5, 5]);
        member.feed(x);
        expected.set(member, Array.from(alone.get(member)!.step(x)));
      }
      const leaving = [...alone.keys()].find(() => rng.uniform() < 0.05);
      if (leaving !== undefined && !expected.has(leaving)) {
        expect(leaving.leave()).toEqual(alone.get(leaving)!.save());
        alone.delete(leaving);
      }
      expect(pool.step()).toBe(fed.length);
      steps += fed.length;
      for (const [member, y] of expected) expect(Array.from(member.output)).toEqual(y);
    }
    for (const [member, session] of alone) expect(member.save()).toEqual(session.save());
    expect(steps).toBeGreaterThan(300);
  });

  it("forgets what a member was fed that leaves before the step", () => {
    const pool = model.pool(3);
    const [a, b, c] = [pool.join(), pool.join(), pool.join()];
    for (const member of [c, a, b]) member.feed([1, member === b ? 2 : 3]);
    c.leave();
    expect(pool.step()).toBe(2);
    expect(Array.from(a.output)).toEqual(Array.from(model.session().step([1, 3])));
    expect(Array.from(b.output)).toEqual(Array.from(model.session().step([1, 2])));
    expect(pool.step()).toBe(0);
    expect(pool.size).toBe(2);
  });

  it("keeps a member's output while others step", () => {
    const pool = model.pool(3);
    const [a, b] = [pool.join(), pool.join()];
    a.feed([1, 2]);
    pool.step();
    const y = Array.from(a.output);
    b.feed([3, 4]);
    pool.step();
    expect(Array.from(a.output)).toEqual(y);
  });

  it("restores, resets and takes tokens", () => {
    const words = streamModel({
      embedding: new Embedding({ vocabularySize: 5, size: 4 }),
      recurrent: new GRU({ inputSize: 4, hiddenSize: 6 }),
    });
    const pool = words.pool(2);
    const [a, b] = [pool.join(), pool.join()];
    a.feed(3);
    b.feed([4]);
    pool.step();
    const session = words.session();
    expect(Array.from(a.output)).toEqual(Array.from(session.step(3)));
    b.restore(a.save());
    a.reset();
    expect(b.save()).toEqual(session.save());
    expect(a.save()).toEqual(words.session().save());
    expect(() => a.feed(5)).toThrow("index 5 at position 0");
  });

  it("survives growth of the memory", () => {
    const grown = streamModel(new GRU({ inputSize: 1, hiddenSize: 8 }));
    const pool = grown.pool(2);
    const member = pool.join();
    member.feed(1);
    pool.step();
    const y = Array.from(member.output);
    const bytes = grown.memoryBytes;
    while (grown.memoryBytes === bytes) grown.pool(50);
    expect(Array.from(member.output)).toEqual(y);
  });

  it("says when it is full, closed, or a member has left", () => {
    const pool = model.pool(1);
    const member = pool.join();
    expect(() => pool.join()).toThrow("all 1 rows are taken");
    expect(() => member.restore(model.session({ batch: 2 }).save())).toThrow("expected a state of 1 row(s)");
    member.leave();
    for (const use of [() => member.feed([1, 2]), () => member.output, () => member.save(), () => member.leave()]) {
      expect(use).toThrow("it has ended");
    }
    const other = pool.join();
    pool.close();
    pool.close();
    expect(() => other.reset()).toThrow("it has ended");
    expect(() => pool.join()).toThrow("it has ended");
  });
});
