import { createHash } from "node:crypto";
import { runFileDamaged } from "../errors.js";

/** The list of what belongs to a checkpoint: `checkpoint.json` in its folder. */

/** What a file must be to be the one that was saved. */
export interface Fingerprint {
  readonly bytes: number;
  /** Hexadecimal. */
  readonly sha256: string;
}

/** Everything a committed checkpoint vouches for, by file name. */
export interface Manifest {
  readonly generation: number;
  /** The generation that was the best so far; null if none was called so. */
  readonly best: number | null;
  /** Files in the folder of the generation. */
  readonly files: ReadonlyMap<string, Fingerprint>;
  /** Files of the run itself, e.g. `config.json`. */
  readonly documents: ReadonlyMap<string, Fingerprint>;
  /** The log up to the lines about the checkpoint's own step. */
  readonly metrics: Fingerprint;
}

/** The fingerprint of these bytes. */
export function fingerprint(bytes: Uint8Array): Fingerprint {
  return { bytes: bytes.length, sha256: createHash("sha256").update(bytes).digest("hex") };
}

/** Whether two fingerprints are of the same bytes. */
export function sameFile(a: Fingerprint, b: Fingerprint): boolean {
  return a.bytes === b.bytes && a.sha256 === b.sha256;
}

/**
 * Check that the bytes of `file` are what was saved.
 *
 * @throws E_RUN_DAMAGED
 */
export function verify(file: string, bytes: Uint8Array, saved: Fingerprint): void {
  if (bytes.length !== saved.bytes) throw runFileDamaged(file, "length", [bytes.length, saved.bytes]);
  if (!sameFile(fingerprint(bytes), saved)) throw runFileDamaged(file, "altered");
}

/** The stored form. */
export function encodeManifest({ generation, best, files, documents, metrics }: Manifest): Uint8Array {
  const json = {
    generation,
    best,
    files: Object.fromEntries(files),
    documents: Object.fromEntries(documents),
    metrics,
  };
  return new TextEncoder().encode(`${JSON.stringify(json, null, 2)}\n`);
}

/**
 * Read the stored form.
 *
 * @param file its path, for the error
 * @throws E_RUN_DAMAGED
 */
export function decodeManifest(file: string, bytes: Uint8Array): Manifest {
  const json = parse(bytes) as Partial<Record<keyof Manifest, unknown>> | null;
  const generation = json?.generation;
  // Manifests of before there was a best do not have it.
  const best = json?.best ?? null;
  const files = fingerprints(json?.files);
  const documents = fingerprints(json?.documents);
  const metrics = fingerprints({ metrics: json?.metrics })?.get("metrics");
  if (
    !Number.isSafeInteger(generation) ||
    (best !== null && !Number.isSafeInteger(best)) ||
    files === null ||
    documents === null ||
    metrics === undefined
  ) {
    throw runFileDamaged(file, "list");
  }
  return { generation: generation as number, best: best as number | null, files, documents, metrics };
}

function parse(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
  } catch {
    return null;
  }
}

function fingerprints(json: unknown): Map<string, Fingerprint> | null {
  if (typeof json !== "object" || json === null) return null;
  const out = new Map<string, Fingerprint>();
  for (const [name, entry] of Object.entries(json)) {
    const { bytes, sha256 } = (entry ?? {}) as Partial<Fingerprint>;
    if (!Number.isSafeInteger(bytes) || typeof sha256 !== "string") return null;
    out.set(name, { bytes: bytes as number, sha256 });
  }
  return out;
}
