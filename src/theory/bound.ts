/** Something that a statement needs; `holds` is null where a program cannot check it. */
export interface Assumption {
  readonly text: string;
  readonly holds: boolean | null;
}

/** A bound of a least eigenvalue with what it says, where it is proved, and what it needs. */
export interface Bound {
  readonly name: string;
  readonly value: number;
  readonly kind: "lower" | "upper";
  /** The kernel whose least eigenvalue is bounded: Theta, or the feature kernel co F^{L-1}. */
  readonly of: "ntk" | "nngp";
  readonly formula: string;
  /** Section of docs/theory.md. */
  readonly reference: string;
  readonly assumptions: readonly Assumption[];
}
