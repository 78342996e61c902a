/**
 * R^2 = 1 - error / variance, the share of the variance of targets that predictions explain, from the mean squared error and that
 * variance. Targets that are all equal have none to explain: 1 for predictions without error, else 0 (the convention of
 * scikit-learn's r2_score), so that it is a number for every finite error.
 */
export const rSquared = (error: number, variance: number): number =>
  variance > 0 ? 1 - error / variance : error > 0 ? 0 : 1;
