import {
  runDocumentSealed,
  runFileUnknown,
  runGeneration,
  runNothingToCommit,
  runWithoutCheckpoint,
} from "../errors.js";
import type { RunStore } from "./run-store.js";

/** A run in memory, for pages without a file system and for tests: the same promises, until the page is closed. */
export class MemoryRun implements RunStore {
  /** Lines of the log. */
  readonly metrics: Readonly<Record<string, unknown>>[] = [];
  /** Pages for people. */
  readonly pages = new Map<string, Uint8Array>();
  readonly #documents = new Map<string, Uint8Array>();
  #committed: ReadonlyMap<string, Uint8Array> | null = null;
  #best: { readonly generation: number; readonly files: ReadonlyMap<string, Uint8Array> } | null = null;
  #pending = new Map<string, Uint8Array>();
  #generation: number | null = null;

  get generation(): number | null {
    return this.#generation;
  }

  get next(): number {
    return (this.#generation ?? -1) + 1;
  }

  get best(): number | null {
    return this.#best?.generation ?? null;
  }

  async read(name: string): Promise<Uint8Array> {
    return fileOf(this.#committed, name);
  }

  async readBest(name: string): Promise<Uint8Array> {
    return fileOf(this.#best?.files ?? this.#committed, name);
  }

  async readDocument(name: string): Promise<Uint8Array> {
    const bytes = this.#documents.get(name);
    if (bytes === undefined) throw runFileUnknown(name, [...this.#documents.keys()]);
    return bytes.slice();
  }

  async putDocument(name: string, bytes: Uint8Array): Promise<void> {
    const known = this.#documents.get(name);
    if (this.#committed !== null && known?.join() !== bytes.join()) throw runDocumentSealed(name);
    this.#documents.set(name, bytes.slice());
  }

  async put(generation: number, name: string, bytes: Uint8Array): Promise<void> {
    if (generation !== this.next) throw runGeneration(generation, this.next);
    this.#pending.set(name, bytes.slice());
  }

  async commit(generation: number, { best = false }: { readonly best?: boolean } = {}): Promise<void> {
    if (generation !== this.next) throw runGeneration(generation, this.next);
    if (this.#pending.size === 0) throw runNothingToCommit(generation);
    this.#committed = this.#pending;
    if (best) this.#best = { generation, files: this.#pending };
    this.#pending = new Map();
    this.#generation = generation;
  }

  async putPage(name: string, bytes: Uint8Array): Promise<void> {
    this.pages.set(name, bytes.slice());
  }

  async readMetrics(): Promise<readonly Readonly<Record<string, unknown>>[]> {
    return this.metrics;
  }

  async appendMetric(line: Readonly<Record<string, unknown>>): Promise<void> {
    this.metrics.push(structuredClone(line));
  }

  async truncateMetrics(step: number): Promise<void> {
    const end = this.metrics.findIndex((line) => typeof line.step === "number" && line.step > step);
    if (end >= 0) this.metrics.length = end;
  }
}

function fileOf(files: ReadonlyMap<string, Uint8Array> | null, name: string): Uint8Array {
  if (files === null) throw runWithoutCheckpoint("memory");
  const bytes = files.get(name);
  if (bytes === undefined) throw runFileUnknown(name, [...files.keys()]);
  return bytes.slice();
}
