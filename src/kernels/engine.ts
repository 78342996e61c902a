/** A kernel matrix: rows x columns, row-major, with what is needed to read it. */
export interface KernelMatrix {
  readonly rows: number;
  readonly columns: number;
  readonly data: Float64Array;
  readonly meta: {
    readonly kind: "ntk" | "nngp";
    /** How it was computed: per pair of inputs, or through Chebyshev coefficients in the angle. */
    readonly engine: "infinite-direct" | "infinite-chebyshev";
    readonly precision: "float64";
  };
}
