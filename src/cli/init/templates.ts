/** The templates of `digly init`. */
export const TEMPLATES = ["api", "worker", "pipeline", "tools"] as const;

/** The name of a template. */
export type Template = (typeof TEMPLATES)[number];
