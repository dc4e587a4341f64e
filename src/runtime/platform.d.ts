/**
 * What the core asks of any host beyond the language itself, and neither `lib.es*` nor Node's types declare.
 *
 * The core is checked without the DOM library, so that nothing in it can depend on a page by accident. A browser, a
 * worker, Node and edge runtimes all provide WebAssembly; the rest is optional and must be probed with `typeof`.
 */
declare namespace WebAssembly {
  type ImportValue = Memory | Table | Global | ((...args: never[]) => unknown);
  type Imports = Record<string, Record<string, ImportValue>>;
  // oxlint-disable-next-line typescript/no-explicit-any -- exports are functions of unknown signature
  type Exports = Record<string, any>;
  type BufferSource = ArrayBufferView | ArrayBuffer | SharedArrayBuffer;

  interface MemoryDescriptor {
    initial: number;
    maximum?: number;
    shared?: boolean;
  }
  var Memory: { prototype: Memory; new (descriptor: MemoryDescriptor): Memory };

  interface Table {
    readonly length: number;
  }
  interface Global {
    value: unknown;
  }
  interface ModuleExportDescriptor {
    name: string;
    kind: "function" | "table" | "memory" | "global";
  }
  interface ModuleImportDescriptor extends ModuleExportDescriptor {
    module: string;
  }
  var Module: {
    prototype: Module;
    new (bytes: BufferSource): Module;
    exports(module: Module): ModuleExportDescriptor[];
    imports(module: Module): ModuleImportDescriptor[];
    customSections(module: Module, name: string): ArrayBuffer[];
  };
  interface Instance {
    readonly exports: Exports;
  }
  var Instance: { prototype: Instance; new (module: Module, imports?: Imports): Instance };

  interface CompileError extends Error {}
  var CompileError: { prototype: CompileError; new (message?: string): CompileError };
  interface LinkError extends Error {}
  var LinkError: { prototype: LinkError; new (message?: string): LinkError };
  interface RuntimeError extends Error {}
  var RuntimeError: { prototype: RuntimeError; new (message?: string): RuntimeError };

  function validate(bytes: BufferSource): boolean;
  function compile(bytes: BufferSource): Promise<Module>;
  function instantiate(module: Module, imports?: Imports): Promise<Instance>;
  function instantiate(bytes: BufferSource, imports?: Imports): Promise<{ module: Module; instance: Instance }>;
}

/** True where a page may share memory with its workers; undefined outside browsers. */
declare var crossOriginIsolated: boolean | undefined;

/** Absent on some edge runtimes, in worklets and in Node 20. */
declare var navigator: { readonly hardwareConcurrency?: number; readonly userAgent?: string } | undefined;

interface Worker {
  postMessage(message: unknown, transfer?: readonly unknown[]): void;
  terminate(): void;
  onmessage: ((event: { readonly data: unknown }) => void) | null;
  onerror: ((event: { readonly message?: string; preventDefault(): void }) => void) | null;
}
/** A browser's worker; absent in Node (which has `node:worker_threads`) and in worklets. */
declare var Worker: {
  prototype: Worker;
  new (url: string | URL, options?: { type?: "classic" | "module"; name?: string }): Worker;
};
