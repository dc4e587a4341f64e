/** What the kernels' modules import: one memory of at least one page, from section id and length on. */
const UNSHARED = [2, 15, 1, 3, ...codes("env"), 6, ...codes("memory"), 2, 0, 1];
/** The same, shared and of at most 65,536 pages: flags 3, and the limit in LEB128. */
const SHARED = [2, 18, ...UNSHARED.slice(2, -2), 3, 1, 0x80, 0x80, 4];

function codes(text: string): number[] {
  return Array.from(text, (c) => c.charCodeAt(0));
}

/**
 * The build for a shared memory, made of the one for an unshared memory.
 *
 * WebAssembly wants the kind of an imported memory declared. Kernels use no atomics, so the declaration is all that
 * differs, and one build is carried instead of two.
 *
 * @throws an `Error` for a module that imports anything else: the kernels were built wrongly
 */
export function sharedBuild(unshared: Uint8Array): Uint8Array<ArrayBuffer> {
  const at = importsAt(unshared);
  if (!UNSHARED.every((byte, i) => unshared[at + i] === byte)) {
    throw new Error("The kernels do not import exactly one memory of one page, env.memory.");
  }
  const shared = new Uint8Array(unshared.length + SHARED.length - UNSHARED.length);
  shared.set(unshared.subarray(0, at));
  shared.set(SHARED, at);
  shared.set(unshared.subarray(at + UNSHARED.length), at + SHARED.length);
  return shared;
}

/** Where the section of the imports begins; the end if there is none. */
function importsAt(bytes: Uint8Array): number {
  let at = 8;
  while (at < bytes.length && bytes[at] !== UNSHARED[0]) {
    let size = 0;
    let next = at + 1;
    for (let shift = 0; ; shift += 7) {
      size |= (bytes[next] & 127) << shift;
      if (bytes[next++] < 128) break;
    }
    at = next + size;
  }
  return at;
}
