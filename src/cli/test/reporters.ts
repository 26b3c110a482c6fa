/** The formats of test results. */
export const REPORTERS = ["spec", "tap", "junit"] as const;
