import * as control from "./control.js";

/**
 * A worker of the pool: waits, does its share of a job, says so.
 *
 * It waits in JavaScript, not in wasm, because it must compile modules when told to. It never returns to its event loop,
 * so everything it learns after the start comes through the heap. Runs as a classic script made of text (Node, Blob
 * URLs) or as a module file (`workerUrl`).
 */
type Call = (...args: number[]) => unknown;

function serve({ memory, kernels, worker }: control.WorkerStart): void {
  const words = new Int32Array(memory.buffer, 0, control.GENERATION + 128);
  const numbers = new Float64Array(memory.buffer, 0, control.ARGUMENT_AT + control.MAX_ARGUMENTS);
  const programs = new Map<number, Call[]>();
  const instantiate = (module: WebAssembly.Module, env: WebAssembly.Imports[string]): WebAssembly.Exports =>
    new WebAssembly.Instance(module, { env: { memory, ...env } }).exports;
  const functions = (module: WebAssembly.Module, exports: WebAssembly.Exports): Call[] =>
    WebAssembly.Module.exports(module).map(({ name }) => exports[name] as Call);

  const kernelExports = instantiate(kernels, {});
  const kernelCalls = functions(kernels, kernelExports);

  const call = (calls: Call[] | undefined): void => {
    const args: number[] = [];
    for (let i = 0; i < words[control.ARGUMENTS]; i++) args.push(numbers[control.ARGUMENT_AT + i]);
    calls![words[control.FUNCTION]](...args, worker, words[control.WORKERS]);
  };

  const compile = (): void => {
    const at = numbers[control.ARGUMENT_AT];
    const length = numbers[control.ARGUMENT_AT + 1];
    // The main thread may have grown the memory; growing by nothing makes this thread's buffer as long.
    if (memory.buffer.byteLength < at + length) memory.grow(0);
    const module = new WebAssembly.Module(new Uint8Array(memory.buffer, at, length).slice());
    programs.set(words[control.PROGRAM], functions(module, instantiate(module, kernelExports)));
  };

  const share = (): void => {
    const kind = words[control.KIND];
    if (kind === control.CALL_KERNEL) call(kernelCalls);
    else if (kind === control.CALL_PROGRAM) call(programs.get(words[control.PROGRAM]));
    else if (kind === control.COMPILE) compile();
    else if (kind === control.DISCARD) programs.delete(words[control.PROGRAM]);
  };

  let seen = Atomics.load(words, control.GENERATION);
  Atomics.add(words, control.READY, 1);
  Atomics.notify(words, control.READY);
  for (;;) {
    if (!control.spinWhile(words, control.GENERATION, seen)) Atomics.wait(words, control.GENERATION, seen);
    const generation = Atomics.load(words, control.GENERATION);
    if (generation === seen) continue;
    seen = generation;
    if (words[control.KIND] === control.STOP) return;
    try {
      share();
    } catch (error) {
      report(memory, worker, error);
      Atomics.store(words, control.FAILED, worker + 1);
    }
    if (Atomics.add(words, control.DONE, 1) + 1 === words[control.WORKERS] - 1) Atomics.notify(words, control.DONE);
  }
}

/** Leave the error's words where the main thread reads them. */
function report(memory: WebAssembly.Memory, worker: number, error: unknown): void {
  const text = String(error).slice(0, control.MESSAGE_BYTES / 2 - 1);
  const units = new Uint16Array(memory.buffer, control.messageAt(worker), text.length + 1);
  units[0] = text.length;
  for (let i = 0; i < text.length; i++) units[i + 1] = text.charCodeAt(i);
}

const scope = globalThis as unknown as { onmessage: (event: { data: control.WorkerStart }) => void };
scope.onmessage = ({ data }) => serve(data);
