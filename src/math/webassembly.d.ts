/** What linalg.ts uses of WebAssembly; @types/node declares less, and the DOM library far more. */
declare namespace WebAssembly {
  interface Module {
    readonly [Symbol.toStringTag]?: string;
  }
  const Module: new (bytes: Uint8Array) => Module;
  const Instance: new (module: Module) => { readonly exports: Record<string, unknown> };
}
