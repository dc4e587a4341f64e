// Reads just enough of a WebAssembly binary to hold the kernels to their rules, on engines that cannot compile it too.

const IMPORT = 2;
const GLOBAL = 6;
const DATA = 11;

/**
 * What a kernel module must not have. Worker threads instantiate the same module over one memory: a data segment would
 * be written again by each, a mutable global would differ between them, an import other than memory could not be met.
 *
 * @returns complaints in words; none for a good module
 */
export function kernelComplaints(bytes) {
  const complaints = [];
  for (const { id, body } of sections(bytes)) {
    const reader = new Reader(body);
    const count = reader.leb();
    if (id === DATA && count > 0) complaints.push(`${count} data segment(s): use no StaticArray, strings or Mathf.*`);
    if (id === GLOBAL && count > 0) complaints.push(`${count} global(s): use no module-level variables, heap or new`);
    if (id === IMPORT) {
      for (let i = 0; i < count; i++) {
        const name = `${reader.name()}.${reader.name()}`;
        if (name !== "env.memory") complaints.push(`import ${name}: only env.memory is provided`);
        reader.skipImport();
      }
    }
  }
  return complaints;
}

function* sections(bytes) {
  const reader = new Reader(bytes, 8);
  while (reader.at < bytes.length) {
    const id = reader.byte();
    const size = reader.leb();
    yield { id, body: bytes.subarray(reader.at, reader.at + size) };
    reader.at += size;
  }
}

class Reader {
  constructor(bytes, start = 0) {
    this.bytes = bytes;
    this.at = start;
  }
  byte() {
    return this.bytes[this.at++];
  }
  leb() {
    let value = 0;
    for (let shift = 0; ; shift += 7) {
      const byte = this.byte();
      value |= (byte & 127) << shift;
      if (byte < 128) return value >>> 0;
    }
  }
  name() {
    const length = this.leb();
    const text = Buffer.from(this.bytes.subarray(this.at, this.at + length)).toString("utf8");
    this.at += length;
    return text;
  }
  limits() {
    const flags = this.leb();
    this.leb();
    if (flags & 1) this.leb();
  }
  skipImport() {
    const kind = this.byte();
    if (kind === 0) this.leb();
    else if (kind === 1) {
      this.byte();
      this.limits();
    } else if (kind === 2) this.limits();
    else {
      this.byte();
      this.byte();
    }
  }
}
