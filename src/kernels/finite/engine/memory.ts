import type { Arena, FiniteEngine } from "./engine.js";

/**
 * One arena that networks use in turn, for workers that see many networks: mapping new memory costs more than running
 * many a network. It grows to the largest network; what it outgrew is given back in a turn of the event loop. Networks
 * that share it must not be run at the same time; each takes it for a whole kernel.
 *
 * @example const memory = new EngineMemory(engine); // once
 *   new CompiledNtk(network, 32, engine, { memory }).kernel(batch) // for every network
 */
export class EngineMemory {
  readonly engine: FiniteEngine;
  #arena: Arena | undefined;
  #floats = 0;
  #holder: object | undefined;

  constructor(engine: FiniteEngine) {
    this.engine = engine;
  }

  /**
   * An arena of at least `floats` for `holder`; `dirty` when another holder used it since. Throws AppError `limit` when there is
   * no room.
   */
  take(floats: number, holder: object): { readonly arena: Arena; readonly dirty: boolean } {
    const another = this.#holder !== holder;
    this.#holder = holder;
    if (this.#arena !== undefined && floats <= this.#floats) return { arena: this.#arena, dirty: another };
    this.#arena = undefined;
    this.#arena = this.engine.allocate(floats);
    this.#floats = floats;
    return { arena: this.#arena, dirty: false };
  }

  /** The arena again, if `holder` took it last. */
  holds(holder: object): boolean {
    return this.#holder === holder;
  }
}
