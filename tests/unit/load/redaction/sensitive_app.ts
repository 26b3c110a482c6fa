/** An app with sensitive values, for the tests of what is hidden. */
import type { DiglyError } from "../../../../src/contract/errors.ts";
import { embedded } from "../../../../src/generated/embedded.ts";
import { Kernel } from "../../../../src/kernel/kernel.ts";
import { memoryPlatform, type MemoryPlatformOptions } from "../../../../src/platform/memory.ts";

/** The value of the secret `E`. */
export const SECRET = "it's-Hunter2 & <co>";

const KINDS = `kind: Runtime.Definition
metadata: { name: Thing, resourceKind: Thing }
scope: [request]
---
kind: Runtime.Definition
metadata: { name: Login, resourceKind: Login }
sensitive: true
value: "base64.encode(bytes(self.user + ':' + self.password))"
---
kind: Runtime.Definition
metadata: { name: Shout, resourceKind: Shout }
value: "self.text.upperAscii()"
`;

/** The resources that every app here has. */
export const BASE = `kind: Secret
metadata: { name: E }
env: SENTINEL
---
kind: Variable
metadata: { name: Open }
value: in the open
`;

/** A loaded app. */
export interface Loaded {
  readonly kernel: Kernel;
  readonly errors: readonly DiglyError[];
  /** What is shown of the fields of a resource. */
  readonly shown: (urn: string) => unknown;
}

/** Loads an app with these resources, a secret and a variable. */
export async function load(
  resources: string,
  { files = {}, remote = {}, manifest = "" }: {
    files?: Readonly<Record<string, string>>;
    remote?: NonNullable<MemoryPlatformOptions["remote"]>;
    manifest?: string;
  } = {},
): Promise<Loaded> {
  const errors: DiglyError[] = [];
  const platform = memoryPlatform({
    files: {
      "/app/runtime.yaml":
        `name: App\nimports: [digly:core]\ndefinitions: [/kinds.yaml]\n${manifest}\n---\n${BASE}---\n${resources}`,
      "/kinds.yaml": KINDS,
      ...files,
    },
    env: { SENTINEL: SECRET, OTHER: "other-value" },
    cwd: "/app",
    remote,
  });
  const kernel = new Kernel({
    platform,
    builtins: embedded,
    diagnostics: { error: (error) => void errors.push(error), warning: () => {} },
  });
  await kernel.load("runtime.yaml");
  return {
    kernel,
    errors,
    shown(urn) {
      const found = kernel.resources().find(({ kind, metadata }) =>
        `${kind}.${metadata.name}` === urn
      );
      const { kind: _kind, metadata: _metadata, ...fields } = kernel.redact(found!);
      return JSON.parse(JSON.stringify(fields));
    },
  };
}

/** A resource without a controller. */
export const thing = (name: string, fields: Readonly<Record<string, unknown>>) =>
  `kind: App.Thing\nmetadata: { name: ${name} }\n${
    Object.entries(fields).map(([key, value]) => `${key}: ${JSON.stringify(value)}\n`).join("")
  }`;
