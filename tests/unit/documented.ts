/** What files export, with its documentation, as `deno doc` reads it. */
import { execFileSync } from "node:child_process";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("../../", import.meta.url));

/** An export; one with overloads has the examples of all of them. */
export interface DocumentedExport {
  readonly name: string;
  /** The kind of the first declaration, such as `function`. */
  readonly kind: string;
  readonly hasDescription: boolean;
  readonly examples: readonly string[];
}

interface Declarations {
  readonly nodes: Readonly<Record<string, { readonly symbols: readonly Symbol[] }>>;
}

interface Symbol {
  readonly name: string;
  readonly declarations: readonly {
    readonly kind: string;
    readonly jsDoc?: {
      readonly doc?: string;
      readonly tags?: readonly { readonly kind: string; readonly doc?: string }[];
    };
  }[];
}

/** The exports of a file, types included. */
export function documentedExports(file: string): readonly DocumentedExport[] {
  const json = execFileSync(`${root}node_modules/.bin/deno`, ["doc", "--json", file], {
    cwd: root,
    encoding: "utf8",
    maxBuffer: 1 << 28,
    stdio: ["ignore", "pipe", "ignore"],
  });
  const { nodes } = JSON.parse(json) as Declarations;
  return Object.values(nodes).flatMap(({ symbols }) =>
    symbols.map(({ name, declarations }) => ({
      name,
      kind: declarations[0]!.kind,
      hasDescription: declarations.some(({ jsDoc }) => Boolean(jsDoc?.doc)),
      examples: declarations.flatMap(({ jsDoc }) => jsDoc?.tags ?? [])
        .flatMap(({ kind, doc }) => kind === "example" && doc !== undefined ? [doc] : []),
    }))
  );
}
