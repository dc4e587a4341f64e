/**
 * Globals that every supported host has and Node's types already declare; seen only by the check of the core
 * (tsconfig.core.json), which has neither the DOM library nor Node's types. Add a member here only if browsers, workers,
 * Node ≥ 20.19 and edge runtimes all have it, or if the code probes for it first.
 */
interface TextEncoder {
  readonly encoding: string;
  encode(text?: string): Uint8Array<ArrayBuffer>;
}
declare var TextEncoder: { prototype: TextEncoder; new (): TextEncoder };

interface TextDecoder {
  readonly encoding: string;
  /** Browsers refuse views of shared memory here: copy with `.slice()` first. */
  decode(bytes?: ArrayBuffer | ArrayBufferView, options?: { stream?: boolean }): string;
}
declare var TextDecoder: {
  prototype: TextDecoder;
  new (label?: string, options?: { fatal?: boolean; ignoreBOM?: boolean }): TextDecoder;
};

interface AbortSignal {
  readonly aborted: boolean;
  readonly reason: unknown;
  throwIfAborted(): void;
  addEventListener(type: "abort", listener: () => void, options?: { once?: boolean }): void;
  removeEventListener(type: "abort", listener: () => void): void;
}
declare var AbortSignal: {
  prototype: AbortSignal;
  abort(reason?: unknown): AbortSignal;
  timeout(milliseconds: number): AbortSignal;
};
interface AbortController {
  readonly signal: AbortSignal;
  abort(reason?: unknown): void;
}
declare var AbortController: { prototype: AbortController; new (): AbortController };

declare var performance: { now(): number };
declare var console: {
  log(...values: unknown[]): void;
  warn(...values: unknown[]): void;
  error(...values: unknown[]): void;
};

declare function setTimeout(callback: () => void, milliseconds?: number): number;
declare function clearTimeout(handle: number | undefined): void;
declare function queueMicrotask(callback: () => void): void;
declare function structuredClone<T>(value: T): T;
declare function atob(base64: string): string;
declare function btoa(binary: string): string;

interface URL {
  readonly href: string;
  readonly pathname: string;
}
declare var URL: {
  prototype: URL;
  new (url: string, base?: string | URL): URL;
  createObjectURL(blob: Blob): string;
  revokeObjectURL(url: string): void;
};
interface Blob {
  readonly size: number;
  readonly type: string;
}
declare var Blob: {
  prototype: Blob;
  new (parts?: readonly (string | ArrayBuffer | ArrayBufferView)[], options?: { type?: string }): Blob;
};

interface ImportMeta {
  readonly url: string;
}
