/**
 * The two WebAssembly types that our public signatures mention. They merge with the DOM library's; users of Node's types
 * alone have no others. The build copies this file to dist and points every declaration that needs it here.
 */
declare namespace WebAssembly {
  interface Memory {
    readonly buffer: ArrayBuffer;
    grow(pages: number): number;
  }
  // oxlint-disable-next-line typescript/no-empty-object-type -- opaque, as in the DOM library
  interface Module {}
}
