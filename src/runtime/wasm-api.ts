/**
 * The part of the WebAssembly JavaScript API that the core uses, typed here so that the core compiles without the DOM
 * and without Node's types.
 */
export interface WasmMemory {
  readonly buffer: ArrayBufferLike;
  /** Grow by `pages` of 64 KiB; the old page count. */
  grow(pages: number): number;
}

/** A compiled module; opaque. */
export type WasmModule = object;

export interface WasmInstance {
  readonly exports: Record<string, unknown>;
}

export interface WasmApi {
  readonly Memory: new (descriptor: { initial: number; maximum?: number; shared?: boolean }) => WasmMemory;
  readonly Module: {
    new (bytes: Uint8Array): WasmModule;
    exports(module: WasmModule): readonly { readonly name: string; readonly kind: string }[];
  };
  readonly Instance: new (module: WasmModule, imports: Record<string, Record<string, unknown>>) => WasmInstance;
  validate(bytes: Uint8Array): boolean;
}

/** Bytes of one WebAssembly page. */
export const PAGE = 65536;

/** The engine's WebAssembly, or undefined where there is none. */
export function wasmApi(): WasmApi | undefined {
  return (globalThis as unknown as { WebAssembly?: WasmApi }).WebAssembly;
}
