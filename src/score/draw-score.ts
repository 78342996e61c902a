/** What one draw of the weights gives. */
export interface DrawScore {
  readonly lambdaMin: number;
  readonly meanEigenvalue: number;
  readonly trace: number;
  readonly certificate: number | null;
  readonly shares: readonly { readonly parameter: string; readonly share: number }[];
  readonly certified: boolean;
}

/** Parts of a sum as shares of it; zeros when the sum is not positive. */
export function sharesOf(
  carried: readonly { readonly parameter: string; readonly value: number }[],
): DrawScore["shares"] {
  const total = carried.reduce((sum, { value }) => sum + value, 0);
  return carried.map(({ parameter, value }) => ({ parameter, share: total > 0 ? value / total : 0 }));
}
