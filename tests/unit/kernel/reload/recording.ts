/** An app whose instances write down what happens to them, and the next versions of it. */
import type { Controller, ResourceInstance } from "../../../../src/contract/module.ts";
import type { RecordedApp } from "../../app.ts";

export const READY = `schema:
  type: object
  properties: { needs: { type: string, format: digly-urn, digly:ready: true } }
`;

/** A kind whose instances write down what happens to them, numbered in the order of creation. */
export function recording(
  story: string[],
  more: (number: number) => ResourceInstance = () => ({}),
): Controller {
  let count = 0;
  const controller: Controller = {
    create(self) {
      const number = ++count;
      const name = `${self.metadata.name}${number}`;
      const note = (what: string) => void story.push(`${what} ${name}`);
      note("create");
      return {
        api: { name },
        init: () => note("init"),
        start: () => note("start"),
        execute: () => `${name} ${self["text"] ?? ""}`,
        drain: () => note("drain"),
        teardown: () => note("teardown"),
        ...more(number),
      };
    },
  };
  return controller;
}

const manifest = (resources: string) => `name: App\nimports: [./test]\n\n---\n${resources}`;

export async function started(recorded: RecordedApp): Promise<RecordedApp> {
  await recorded.kernel.load("runtime.yaml");
  await recorded.kernel.start();
  return recorded;
}

export function rewrite({ platform }: RecordedApp, ...resources: string[]): void {
  platform.writeFile("/app/runtime.yaml", manifest(resources.join("---\n")));
}

/** Teardown continues in the background. */
export async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setTimeout(resolve, 1));
}
