/** The library of regular expressions that take linear time, imported when a schema has a pattern. */
export { RE2JS } from "re2js";
