#!/usr/bin/env node
/**
 * The program as a module that starts itself. It gives controllers what they import from
 * `digly/module` where both are made into one executable.
 */
import { runCli } from "../../cli.ts";

export * from "../../src/contract/author.ts";

void runCli();
