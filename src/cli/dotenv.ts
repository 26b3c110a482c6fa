/** Wraps a CommonJS package in an ES module so that every build can import it dynamically. */
export { parse } from "dotenv";
