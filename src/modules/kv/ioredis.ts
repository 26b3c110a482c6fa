/** The client of Redis; bundlers need a file of its own to import a CommonJS package when it is used. */
export { Redis } from "ioredis";
