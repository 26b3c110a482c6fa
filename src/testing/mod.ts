/** What `digly test` is made of. */
export { checkTests } from "./check_tests.ts";
export { findTests } from "./find_tests.ts";
export { createCoverage } from "./coverage.ts";
export { createNodeTest } from "./node_test.ts";
export { runTests } from "./run_tests.ts";
