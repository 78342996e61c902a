/** The two constructors that linalg.ts uses; @types/node only has `WebAssembly.Module` as a type. */
declare namespace WebAssembly {
  const Module: new (bytes: Uint8Array) => Module;
  const Instance: new (module: Module) => { readonly exports: Record<string, unknown> };
}
