import { host } from "#host";
import { hasRelaxedSimd, hasSimd } from "./probes.js";
import { sharedBuild } from "./shared-build.js";

/** The wasm kernels, compiled and bound to one memory. */
export interface KernelBinary {
  readonly module: WebAssembly.Module;
  readonly exports: Readonly<Record<string, unknown>>;
  readonly relaxed: boolean;
}

/** Kernels for an unshared memory in base64; "" where a build has none, no relaxed ones where they are not at hand. */
export interface KernelTexts {
  readonly strict: string;
  readonly relaxed: string | undefined;
}

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
  const why = fast ? whyNotRelaxed(texts.relaxed) : undefined;
  if (why !== undefined) reasons.push(`precision "fast" was asked for; ${why}, so strict kernels run.`);
  const relaxed = fast && why === undefined;
  const text = relaxed ? texts.relaxed! : texts.strict;
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

function whyNotRelaxed(text: string | undefined): string | undefined {
  if (!hasRelaxedSimd()) return "this engine has no relaxed SIMD";
  return text === undefined ? "its kernels were not loaded, as `await start()` does in a browser" : undefined;
}

/** Base64 to bytes, as fast as the host can. */
export function decodeBase64(text: string): Uint8Array<ArrayBuffer> {
  return host.decodeBase64(text);
}
