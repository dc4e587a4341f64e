/**
 * Reads emitted modules back, so that tests can hold the bytes against the plan: which vector loads and stores each
 * column loop really contains. Knows exactly the instructions that the emitter writes and refuses any other.
 */
import { OP, SIMD, SIMD_PREFIX } from "../../runtime/emit/opcodes.js";

/** What one turn of an innermost loop does to memory with vector instructions. */
export interface LoopListing {
  /** Columns of one turn: 4 (v128.load, v128.store) or 1 (v128.load32_zero, v128.store32_lane). */
  readonly columns: 4 | 1;
  readonly loads: number;
  readonly stores: number;
}

/** The column loops of every exported function, in code order. */
export function listProgram(bytes: Uint8Array): Record<string, LoopListing[]> {
  const reader = new Reader(bytes, 8);
  const names = new Map<number, string>();
  let imported = 0;
  const listing: Record<string, LoopListing[]> = {};
  while (!reader.done) {
    const id = reader.byte();
    const end = reader.unsigned() + reader.at;
    if (id === 2) {
      for (let n = reader.unsigned(); n > 0; n--) {
        reader.name();
        reader.name();
        if (reader.byte() === 0) {
          reader.unsigned();
          imported++;
        } else if ((reader.byte() & 1) === 1) {
          reader.unsigned();
          reader.unsigned();
        } else reader.unsigned();
      }
    } else if (id === 7) {
      for (let n = reader.unsigned(); n > 0; n--) {
        const name = reader.name();
        reader.byte();
        names.set(reader.unsigned() - imported, name);
      }
    } else if (id === 10) {
      const count = reader.unsigned();
      for (let i = 0; i < count; i++) {
        const length = reader.unsigned();
        listing[names.get(i) ?? `function ${i}`] = listFunction(reader, reader.at + length);
      }
    }
    reader.at = end;
  }
  return listing;
}

interface OpenLoop {
  inner: boolean;
  counts: Map<number, number>;
}

function listFunction(reader: Reader, end: number): LoopListing[] {
  for (let runs = reader.unsigned(); runs > 0; runs--) {
    reader.unsigned();
    reader.byte();
  }
  const found: LoopListing[] = [];
  const open: (OpenLoop | null)[] = [];
  while (reader.at < end) {
    const opcode = reader.opcode();
    reader.skipImmediates(opcode);
    if (opcode === OP.loop) {
      for (const outer of open) if (outer) outer.inner = false;
      open.push({ inner: true, counts: new Map() });
    } else if (opcode === OP.block || opcode === OP.if) open.push(null);
    else if (opcode === OP.end) {
      const loop = open.pop();
      if (loop) {
        const loops = accesses(loop.counts);
        if (loop.inner) found.push(...loops);
        else if (loops.length > 0)
          throw new RangeError(`vector access outside a column loop, before byte ${reader.at}`);
      }
    } else {
      const loop = open.findLast((entry) => entry !== null);
      loop?.counts.set(opcode, (loop.counts.get(opcode) ?? 0) + 1);
    }
  }
  return found;
}

function accesses(counts: ReadonlyMap<number, number>): LoopListing[] {
  const of = (opcode: number): number => counts.get(opcode) ?? 0;
  const vector = { columns: 4, loads: of(OP.v128Load), stores: of(OP.v128Store) } as const;
  const single = { columns: 1, loads: of(OP.v128Load32Zero), stores: of(OP.v128Store32Lane) } as const;
  return [vector, single].filter(({ loads, stores }) => loads + stores > 0);
}

const KNOWN = new Set<number>(Object.values(OP));
const INDEXED = new Set<number>([
  OP.br,
  OP.brIf,
  OP.call,
  OP.localGet,
  OP.localSet,
  OP.localTee,
  OP.i32Const,
  OP.f32x4ExtractLane,
]);
const ACCESS = new Set<number>([
  OP.i32Load,
  OP.f32Store,
  OP.v128Load32Splat,
  OP.v128Load,
  OP.v128Store,
  OP.v128Load32Zero,
  OP.v128Store32Lane,
]);

class Reader {
  at: number;
  private readonly bytes: Uint8Array;

  constructor(bytes: Uint8Array, at: number) {
    this.bytes = bytes;
    this.at = at;
  }

  get done(): boolean {
    return this.at >= this.bytes.length;
  }
  byte(): number {
    return this.bytes[this.at++];
  }
  unsigned(): number {
    let value = 0;
    for (let shift = 0; ; shift += 7) {
      const byte = this.byte();
      value |= (byte & 0x7f) << shift;
      if (byte < 0x80) return value >>> 0;
    }
  }
  name(): string {
    const length = this.unsigned();
    return String.fromCharCode(...this.bytes.subarray(this.at, (this.at += length)));
  }
  opcode(): number {
    const first = this.byte();
    const opcode = first === SIMD_PREFIX ? SIMD | this.unsigned() : first;
    if (!KNOWN.has(opcode))
      throw new RangeError(`opcode ${opcode.toString(16)} at byte ${this.at} is not the emitter's`);
    return opcode;
  }
  skipImmediates(opcode: number): void {
    // A signed LEB128 is skipped like an unsigned one: only its end matters.
    if (INDEXED.has(opcode)) this.unsigned();
    else if (opcode === OP.block || opcode === OP.loop || opcode === OP.if) this.byte();
    else if (opcode === OP.f32Const) this.at += 4;
    else if (opcode === OP.v128Const) this.at += 16;
    else if (ACCESS.has(opcode)) {
      this.unsigned();
      this.unsigned();
      if (opcode === OP.v128Store32Lane) this.byte();
    }
  }
}
