/** The parts of the expression engine that the stages use, imported together. */
export { unknownNameHelp } from "../../cel/foreign/names.ts";
export { writeDouble } from "../../cel/functions/conversions.ts";
export { invalidVariableReason } from "../../cel/names.ts";
export { hotTemplate } from "../deferred/hot_template.ts";
export { observeConditionals } from "./conditionals.ts";
export { evaluate } from "./evaluate.ts";
export { explainExpression } from "./explain.ts";
export { compileExpression } from "./program.ts";
