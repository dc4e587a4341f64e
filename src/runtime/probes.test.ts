import { describe, expect, it } from "vitest";
import { hasRelaxedSimd, hasSimd } from "./probes.js";

const major = Number(process.versions.node.split(".")[0]);

describe("probes", () => {
  it("finds what every supported Node has", () => {
    expect(hasSimd()).toBe(true);
  });

  it("finds relaxed SIMD from Node 22 on, and before where a flag asks for it", () => {
    const asked = process.execArgv.includes("--experimental-wasm-relaxed-simd");
    expect(hasRelaxedSimd()).toBe(major >= 22 || asked);
  });

  it("would notice an engine that refuses: a wrong opcode does not validate", () => {
    const module = new Uint8Array([
      0, 97, 115, 109, 1, 0, 0, 0, 1, 5, 1, 96, 0, 1, 123, 3, 2, 1, 0, 10, 5, 1, 3, 0, 0xfe, 11,
    ]);
    expect(WebAssembly.validate(module)).toBe(false);
  });
});
