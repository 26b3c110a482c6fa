/** The parts of the JSON Schema library that are used, loaded together on first use. */
export { _, Ajv } from "ajv";
export { Ajv2020 } from "ajv/dist/2020.js";
export { default as formats } from "ajv-formats";
