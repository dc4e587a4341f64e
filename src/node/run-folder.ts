import fs from "node:fs";
import path from "node:path";
import { runDocumentSealed, runFileName, runGeneration, runNothingToCommit, runWithoutCheckpoint } from "../errors.js";
import type { RunStore } from "../train/run-store.js";
import { makeFolder, replaceFile, syncFolder, TEMPORARY, writeDurably, writing } from "./durable-files.js";
import { MetricsLog } from "./metrics-log.js";
import { encodeManifest, type Fingerprint, fingerprint, sameFile } from "./run-manifest.js";
import { BEST, linkBest, linkModel, MODEL_LINK, POINTER, writePointer } from "./run-pointer.js";
import {
  type Committed,
  folderOf,
  MANIFEST,
  readBestFile,
  readCheckpointFile,
  readIfThere,
  readVerified,
  RUN_LABEL,
} from "./run-reader.js";

/** Names that the store itself uses, in a checkpoint or in the run. */
const RESERVED = new Set([RUN_LABEL, MANIFEST, POINTER, BEST, "checkpoints", MetricsLog.FILE]);

/** A run folder open for writing. See `run-pointer.ts` for what makes a commit atomic. */
export class RunFolder implements RunStore {
  readonly #run: string;
  readonly #metrics: MetricsLog;
  readonly #documents: Map<string, Fingerprint>;
  /** Files put since the last commit. */
  readonly #pending = new Map<string, Fingerprint>();
  readonly #linked: boolean;
  #committed: Committed | null;

  constructor(run: string, committed: Committed | null) {
    this.#run = run;
    this.#metrics = new MetricsLog(run);
    this.#committed = committed;
    this.#documents = new Map(committed?.manifest.documents);
    // An unwritable folder shows here, before hours of training.
    replaceFile(path.join(run, RUN_LABEL), fs.readFileSync(path.join(run, RUN_LABEL)));
    for (const name of fs.readdirSync(run)) if (TEMPORARY.test(name)) fs.rmSync(path.join(run, name), { force: true });
    fs.mkdirSync(path.join(run, "checkpoints"), { recursive: true });
    this.#linked = committed?.pointer.kind === "file" ? false : linkModel(run);
    this.#showModels();
    this.#prune();
    syncFolder(run);
  }

  get generation(): number | null {
    return this.#committed?.manifest.generation ?? null;
  }

  get next(): number {
    return (this.generation ?? -1) + 1;
  }

  async read(name: string): Promise<Uint8Array> {
    if (this.#committed === null) throw runWithoutCheckpoint(this.#run);
    return readCheckpointFile(this.#run, this.#committed, name);
  }

  get best(): number | null {
    return this.#committed?.manifest.best ?? null;
  }

  async readBest(name: string): Promise<Uint8Array> {
    if (this.#committed === null) throw runWithoutCheckpoint(this.#run);
    return readBestFile(this.#run, this.#committed, name);
  }

  async readDocument(name: string): Promise<Uint8Array> {
    return readVerified(path.join(this.#run, name), name, this.#documents);
  }

  async putDocument(name: string, bytes: Uint8Array): Promise<void> {
    checkName(name);
    if (name === MODEL_LINK) throw runFileName(name);
    const print = fingerprint(bytes);
    if (this.#committed !== null) {
      const sealed = this.#documents.get(name);
      if (sealed === undefined || !sameFile(sealed, print)) throw runDocumentSealed(name);
      return;
    }
    const file = path.join(this.#run, name);
    writing(file, () => replaceFile(file, bytes));
    this.#documents.set(name, print);
  }

  async put(generation: number, name: string, bytes: Uint8Array): Promise<void> {
    checkName(name);
    this.#checkNext(generation);
    const folder = path.join(this.#run, folderOf(generation));
    try {
      writing(path.join(folder, name), () => {
        fs.mkdirSync(folder, { recursive: true });
        writeDurably(path.join(folder, name), bytes);
      });
    } catch (error) {
      this.#abandon(folder);
      throw error;
    }
    this.#pending.set(name, fingerprint(bytes));
  }

  async commit(generation: number, { best = false }: { readonly best?: boolean } = {}): Promise<void> {
    this.#checkNext(generation);
    if (this.#pending.size === 0) throw runNothingToCommit(generation);
    const folder = path.join(this.#run, folderOf(generation));
    const manifest = {
      generation,
      best: best ? generation : this.best,
      files: new Map(this.#pending),
      documents: new Map(this.#documents),
      metrics: this.#metrics.settled,
    };
    const kind = this.#linked ? "link" : "file";
    writing(folder, () => {
      writeDurably(path.join(folder, MANIFEST), encodeManifest(manifest));
      syncFolder(folder);
      syncFolder(path.dirname(folder));
      this.#metrics.sync();
      writePointer(this.#run, kind, folderOf(generation));
    });
    this.#pending.clear();
    this.#committed = { pointer: { kind, folder: folderOf(generation) }, manifest };
    writing(path.join(this.#run, MODEL_LINK), () => this.#showModels());
    this.#prune();
  }

  async putPage(name: string, bytes: Uint8Array): Promise<void> {
    checkName(name);
    if (name === MODEL_LINK || this.#documents.has(name)) throw runFileName(name);
    const file = path.join(this.#run, name);
    writing(file, () => replaceFile(file, bytes));
  }

  async readMetrics(): Promise<readonly Readonly<Record<string, unknown>>[]> {
    return this.#metrics.lines();
  }

  async appendMetric(line: Readonly<Record<string, unknown>>): Promise<void> {
    this.#metrics.append(line);
  }

  async truncateMetrics(step: number): Promise<void> {
    this.#metrics.truncate(step, this.#committed?.manifest.metrics);
  }

  #checkNext(generation: number): void {
    if (generation !== this.next) throw runGeneration(generation, this.next);
  }

  /** A checkpoint that could not be written whole must be begun anew; a full disk gets its space back. */
  #abandon(folder: string): void {
    this.#pending.clear();
    try {
      fs.rmSync(folder, { recursive: true, force: true });
    } catch {
      // The error that led here is the one to tell; the next resume removes the rest.
    }
  }

  /** Remove every generation but the committed one and the best. */
  #prune(): void {
    const checkpoints = path.join(this.#run, "checkpoints");
    for (const name of fs.readdirSync(checkpoints)) {
      if (name === String(this.generation) || name === String(this.best)) continue;
      try {
        fs.rmSync(path.join(checkpoints, name), { recursive: true, force: true });
      } catch {
        // A reader on Windows may hold a file open; the checkpoint is committed, and the next prune tries again.
      }
    }
  }

  /**
   * The models where people look for them: `best` leads to the best checkpoint. Without links both are copies: written right
   * after a commit, and repaired when a killed run is resumed.
   */
  #showModels(): void {
    if (this.#committed === null) return;
    const { pointer, manifest } = this.#committed;
    if (manifest.best !== null && this.#linked) linkBest(this.#run, folderOf(manifest.best));
    if (this.#linked) return;
    this.#copyModel(pointer.folder, this.#run);
    if (manifest.best !== null) this.#copyModel(folderOf(manifest.best), path.join(this.#run, BEST));
  }

  #copyModel(from: string, to: string): void {
    const bytes = readIfThere(path.join(this.#run, from, MODEL_LINK));
    if (bytes === null) return;
    makeFolder(to);
    replaceFile(path.join(to, MODEL_LINK), bytes);
  }
}

function checkName(name: string): void {
  if (!/^[A-Za-z0-9][A-Za-z0-9._-]*$/.test(name) || RESERVED.has(name)) throw runFileName(name);
}
