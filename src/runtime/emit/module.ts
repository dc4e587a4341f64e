import { Code } from "./code.js";
import { pushUnsigned } from "./leb128.js";
import type { ValueType } from "./opcodes.js";

const SECTION = { type: 1, import: 2, function: 3, export: 7, code: 10 } as const;
const KIND = { function: 0, memory: 2 } as const;
const FUNCTION_TYPE = 0x60;
const HEADER = [0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00];

/** An imported memory, in pages of 64 KiB. A shared memory needs a maximum, no smaller than the provided one's. */
export interface MemoryLimits {
  readonly min: number;
  readonly max?: number;
  readonly shared: boolean;
}

function pushName(out: number[], name: string): void {
  // Names here are ASCII: one byte a character.
  pushUnsigned(out, name.length);
  for (const character of name) out.push(character.charCodeAt(0));
}

/** Builds one WebAssembly module: imported memory and functions, own functions, exports. No data, tables or globals. */
export class ModuleBuilder {
  private readonly types: string[] = [];
  private readonly typeEntries: number[][] = [];
  private readonly imports: number[][] = [];
  private readonly functions: { type: number; code: Code }[] = [];
  private readonly exports: number[][] = [];
  private importedFunctions = 0;

  /** Import the memory that loads and stores mean. */
  importMemory(module: string, name: string, limits: MemoryLimits): void {
    const flags = (limits.shared ? 2 : 0) | (limits.max === undefined ? 0 : 1);
    const entry = this.importEntry(module, name, KIND.memory);
    entry.push(flags);
    pushUnsigned(entry, limits.min);
    if (limits.max !== undefined) pushUnsigned(entry, limits.max);
  }

  /** Import a function and return its number. Imports come before the first own function. */
  importFunction(
    module: string,
    name: string,
    parameters: readonly ValueType[],
    results: readonly ValueType[] = [],
  ): number {
    const type = this.typeOf(parameters, results);
    pushUnsigned(this.importEntry(module, name, KIND.function), type);
    return this.importedFunctions++;
  }

  /** Export a function under `name`; write its body into the returned `Code`. */
  exportFunction(name: string, parameters: readonly ValueType[], results: readonly ValueType[] = []): Code {
    const code = new Code(parameters);
    const entry: number[] = [];
    pushName(entry, name);
    entry.push(KIND.function);
    pushUnsigned(entry, this.importedFunctions + this.functions.length);
    this.exports.push(entry);
    this.functions.push({ type: this.typeOf(parameters, results), code });
    return code;
  }

  /** The module's bytes. */
  finish(): Uint8Array<ArrayBuffer> {
    const out = [...HEADER];
    const functionEntries = this.functions.map(({ type }) => {
      const entry: number[] = [];
      pushUnsigned(entry, type);
      return entry;
    });
    const codeEntries = this.functions.map(({ code }) => {
      const body = code.finish();
      const entry: number[] = [];
      pushUnsigned(entry, body.length);
      return entry.concat(body);
    });
    pushSection(out, SECTION.type, this.typeEntries);
    pushSection(out, SECTION.import, this.imports);
    pushSection(out, SECTION.function, functionEntries);
    pushSection(out, SECTION.export, this.exports);
    pushSection(out, SECTION.code, codeEntries);
    return Uint8Array.from(out);
  }

  private importEntry(module: string, name: string, kind: number): number[] {
    const entry: number[] = [];
    pushName(entry, module);
    pushName(entry, name);
    entry.push(kind);
    this.imports.push(entry);
    return entry;
  }

  private typeOf(parameters: readonly ValueType[], results: readonly ValueType[]): number {
    const key = `${parameters.join()}:${results.join()}`;
    const known = this.types.indexOf(key);
    if (known >= 0) return known;
    this.typeEntries.push([FUNCTION_TYPE, parameters.length, ...parameters, results.length, ...results]);
    return this.types.push(key) - 1;
  }
}

function pushSection(out: number[], id: number, entries: readonly number[][]): void {
  if (entries.length === 0) return;
  const content: number[] = [];
  pushUnsigned(content, entries.length);
  for (const entry of entries) for (const byte of entry) content.push(byte);
  out.push(id);
  pushUnsigned(out, content.length);
  for (const byte of content) out.push(byte);
}
