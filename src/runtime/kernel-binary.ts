import { hasRelaxedSimd, hasSimd } from "./probes.js";
import { sharedBuild } from "./shared-build.js";

/** The wasm kernels, compiled and bound to one memory. */
export interface KernelBinary {
  readonly module: WebAssembly.Module;
  readonly exports: Readonly<Record<string, unknown>>;
  readonly relaxed: boolean;
}

/** Kernels for an unshared memory in base64, by precision; empty where a build has none. */
export type KernelTexts = Record<"strict" | "relaxed", string>;

/**
 * Compile the wasm kernels that fit this engine and this memory.
 *
 * @param fast whether fused multiply-add is permitted
 * @returns the binary, or undefined; `reasons` says in words what is missing
 */
export function loadKernels(
  texts: KernelTexts,
  memory: WebAssembly.Memory,
  shared: boolean,
  fast: boolean,
  reasons: string[],
): KernelBinary | undefined {
  if (!hasSimd()) {
    reasons.push(
      "This engine has no WebAssembly SIMD: kernels run in plain TypeScript on one thread, many times slower.",
    );
    return undefined;
  }
  const relaxed = fast && hasRelaxedSimd();
  if (fast && !relaxed) {
    reasons.push('precision "fast" was asked for; this engine has no relaxed SIMD, so strict kernels run.');
  }
  const text = texts[relaxed ? "relaxed" : "strict"];
  if (text === "") {
    reasons.push(
      "This build carries no wasm kernels: kernels run in plain TypeScript on one thread, many times slower.",
    );
    return undefined;
  }
  try {
    const bytes = decodeBase64(text);
    const module = new WebAssembly.Module(shared ? sharedBuild(bytes) : bytes);
    const { exports } = new WebAssembly.Instance(module, { env: { memory } });
    return { module, exports, relaxed };
  } catch (error) {
    reasons.push(
      `The engine refuses to compile the wasm kernels (${String(error)}): they run in plain TypeScript on one thread, many times slower. ` +
        "A content security policy must allow 'wasm-unsafe-eval' in script-src.",
    );
    return undefined;
  }
}

const ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/** Base64 to bytes; `atob` does not exist in worklets. */
export function decodeBase64(text: string): Uint8Array<ArrayBuffer> {
  const values = new Uint8Array(128);
  for (let i = 0; i < ALPHABET.length; i++) values[ALPHABET.charCodeAt(i)] = i;
  const padding = text.endsWith("==") ? 2 : text.endsWith("=") ? 1 : 0;
  const bytes = new Uint8Array((text.length / 4) * 3 - padding);
  for (let i = 0, at = 0; i < text.length; i += 4) {
    const value = (j: number): number => values[text.charCodeAt(i + j)];
    const three = (value(0) << 18) | (value(1) << 12) | (value(2) << 6) | value(3);
    bytes[at++] = three >> 16;
    if (at < bytes.length) bytes[at++] = (three >> 8) & 255;
    if (at < bytes.length) bytes[at++] = three & 255;
  }
  return bytes;
}
