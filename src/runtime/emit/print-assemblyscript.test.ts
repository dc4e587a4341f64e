import asc from "assemblyscript/asc";
import { describe, expect, it } from "vitest";
import { LOWERINGS } from "./lowering.js";
import { printAssemblyScript } from "./print-assemblyscript.js";
import { fromBits, scalarLanes } from "./scalar-lanes.js";

// v128 cannot cross to JavaScript: the driver runs a function over the memory, four elements at a time.
const driver = Object.keys(LOWERINGS)
  .map(
    (name) => `export function ${name}(n: i32): void {
    for (let p = 0; p < n * 4; p += 16) v128.store(p, ${name}V(v128.load(p)));
  }`,
  )
  .join("\n");

type Run = (n: number) => void;

async function compile(): Promise<{ memory: WebAssembly.Memory } & Record<string, Run>> {
  const { error, binary, stderr } = await asc.compileString(
    { "input.ts": printAssemblyScript() + driver },
    { optimizeLevel: 3, noAssert: true, runtime: "stub", enable: ["simd"], initialMemory: 16 },
  );
  if (error) throw new Error(String(stderr));
  const instance = new WebAssembly.Instance(new WebAssembly.Module(binary! as Uint8Array<ArrayBuffer>));
  return instance.exports as never;
}

describe("printAssemblyScript", async () => {
  const compiled = await compile();

  it.each(Object.keys(LOWERINGS) as (keyof typeof LOWERINGS)[])("%s compiles to the oracle's bits", (name) => {
    const n = 1 << 16;
    const stride = 65_521;
    const bits = new Int32Array(compiled.memory.buffer, 0, n);
    for (let i = 0; i < n; i++) bits[i] = Math.imul(i, stride);
    compiled[name](n);
    const floats = new Float32Array(compiled.memory.buffer, 0, n);
    const wrong: string[] = [];
    for (let i = 0; i < n; i++) {
      const x = Math.imul(i, stride);
      const expected = LOWERINGS[name](scalarLanes, x);
      const bothNaN = Number.isNaN(floats[i]) && Number.isNaN(fromBits(expected));
      if (bits[i] !== expected && !bothNaN)
        wrong.push(`${name}(${fromBits(x)}) = ${floats[i]}, not ${fromBits(expected)}`);
    }
    expect(wrong.slice(0, 3)).toEqual([]);
  });

  it("prints as many instructions as the time of a step is reckoned with", () => {
    const counts = printAssemblyScript()
      .split("export function ")
      .slice(1)
      .map((text) => [text.slice(0, text.indexOf("V")), text.split("const ").length - 1]);
    expect(Object.fromEntries(counts)).toEqual({ exp: 24, log: 35, tanh: 21, sigmoid: 21 });
  });
});
