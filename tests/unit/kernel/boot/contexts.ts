/** An app whose controllers hand out what they were handed. */
import type { ControllerContext, DiglyModule, ModuleCreateContext } from "../../../../mod.ts";
import { bootApp, type TestApp, type TestAppOptions } from "../../../../testing.ts";

/** A booted app and the contexts of its controllers. */
export interface Contexts {
  readonly app: TestApp;
  /** Of `register`. */
  readonly module: ControllerContext;
  /** Of `Test.Thing.a`. */
  readonly a: ModuleCreateContext;
  readonly b: ModuleCreateContext;
}

/** An app with `Test.Thing.a`, `Test.Thing.b` and `Other.Box.c`, each of a module in code. */
export async function boot(options: Partial<TestAppOptions> = {}): Promise<Contexts> {
  let registered: ControllerContext | undefined;
  const created = new Map<string, ModuleCreateContext>();
  const test: DiglyModule = {
    name: "Test",
    version: "1.2.3",
    definitions: [{ kind: "Test.Thing" }],
    register: (ctx) => void (registered = ctx),
    create({ metadata: { name } }, ctx) {
      created.set(name, ctx);
      return { execute: () => name };
    },
  };
  const other: DiglyModule = {
    name: "Other",
    definitions: [{ kind: "Other.Box" }],
    create: () => ({ execute: (input) => input }),
  };
  const app = await bootApp({
    manifest: `
      name: App
      ---
      kind: Test.Thing
      metadata: { name: a }
      port: 1
      nested: { list: [1] }
      ---
      kind: Test.Thing
      metadata: { name: b }
      ---
      kind: Other.Box
      metadata: { name: c, team: red }
      password: hunter2
      ---
      kind: Runtime.KindDefinition
      metadata: { name: App.Special }
      extends: Test.Thing
      ---
      kind: App.Special
      metadata: { name: s }
      port: 9
    `,
    modules: [test, other],
    ...options,
  });
  return { app, module: registered!, a: created.get("a")!, b: created.get("b")! };
}
