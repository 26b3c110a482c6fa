/** The templates of `digly init`, and the languages of modules. */
export const TEMPLATES = ["api", "worker", "pipeline", "tools"] as const;

/** The name of a template. */
export type Template = (typeof TEMPLATES)[number];

/** The languages of controllers that `digly init --module` writes. */
export const LANGUAGES = ["typescript", "rust", "assemblyscript"] as const;

/** The language of a controller. */
export type Language = (typeof LANGUAGES)[number];
