/** Bun, also inside a compiled executable: it reads TypeScript in any folder. */
import process from "node:process";
import type { Platform } from "../contract/platform.ts";
import { AUTHOR_MODULE, authorExports } from "./author_module.ts";
import { processPlatform } from "./process_platform.ts";

/** The platform of a Bun process. */
export function bunPlatform(): Platform {
  return processPlatform(
    { name: "bun", version: process.versions["bun"]!, nodeVersion: process.versions.node },
    importModule,
  );
}

/** Bun's own interface, as far as it is used here. */
declare const Bun: {
  plugin(definition: {
    name: string;
    setup(build: {
      module(
        name: string,
        load: () => { exports: Readonly<Record<string, unknown>>; loader: "object" },
      ): void;
    }): void;
  }): void;
};

let prepared = false;

async function importModule(url: string): Promise<Record<string, unknown>> {
  if (!prepared) {
    prepared = true;
    Bun.plugin({
      name: "digly",
      setup: (build) =>
        build.module(AUTHOR_MODULE, () => ({ exports: authorExports, loader: "object" })),
    });
  }
  return await import(url);
}
