/** A CommonJS package as an ES module, so that it can be imported dynamically in every build. */
export { Parser } from "yaml";
export type { CST } from "yaml";
