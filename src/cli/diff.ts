/** `digly diff`: shows what differs between two apps after expansion. */
import { fail, isDiglyError } from "../contract/errors.ts";
import { formatField } from "../contract/field_path.ts";
import { formatUrn } from "../contract/urn.ts";
import { type Difference, differencesBetween, showValue } from "../diagnostics/difference.ts";
import type { CliHost, CommonOptions } from "./host.ts";
import { openSession } from "./session.ts";

/** The options of `diff`. */
export interface DiffOptions extends CommonOptions {
  readonly format: "text" | "json";
  /** Revisions of git; the second one is the working tree by default. */
  readonly from?: string;
  readonly to?: string;
}

/** One app to compare. */
interface Side {
  readonly path: string;
  readonly envFile: readonly string[];
}

/** The resources of an app, by URN. */
type Resources = ReadonlyMap<string, Readonly<Record<string, unknown>>>;

/** A resource that only one app has, or that differs. */
interface Change {
  readonly urn: string;
  readonly change: "added" | "removed" | "changed";
  readonly fields: readonly Difference[];
}

/** Prints what differs; resolves with the exit code, which is 1 only if an app has mistakes. */
export async function diff(
  host: CliHost,
  [path = ".", other]: readonly string[],
  options: DiffOptions,
): Promise<number> {
  const disposals: (() => void)[] = [];
  try {
    const sides = await sidesOf(host, path, other, options, disposals);
    const resources: Resources[] = [];
    for (const { path, envFile } of sides) {
      const { kernel, report } = await openSession(host, { ...options, envFile }, {});
      try {
        await kernel.load(path);
      } catch (error) {
        if (!isDiglyError(error)) throw error;
        report(error);
        return 1;
      }
      // JSON turns deferred expressions back into their source text.
      const plain = JSON.parse(JSON.stringify(kernel.redact(kernel.resources()))) as Resource[];
      resources.push(
        new Map(plain.map(({ kind, metadata: { name, ...metadata }, ...fields }) => {
          // The place of a file is not a part of what the resource is.
          const { uri: _uri, generationDepth: _depth, ...own } = metadata;
          return [formatUrn(kind, name), { ...fields, metadata: own }];
        })),
      );
    }
    const [before = new Map(), after = new Map()] = resources;
    const changes = changesBetween(before, after);
    const { stdout } = host.platform;
    stdout.write(
      options.format === "json"
        ? JSON.stringify(
          { changes: changes.map(toJson) },
          undefined,
          stdout.isTerminal ? 2 : undefined,
        ) +
          "\n"
        : asText(changes),
    );
    return 0;
  } finally {
    for (const dispose of disposals) dispose();
  }
}

type Resource = Record<string, unknown> & {
  readonly kind: string;
  readonly metadata: Record<string, unknown> & { readonly name: string };
};

async function sidesOf(
  { platform }: CliHost,
  path: string,
  other: string | undefined,
  { envFile = [], from, to }: DiffOptions,
  disposals: (() => void)[],
): Promise<readonly [Side, Side]> {
  if (from !== undefined) {
    if (other !== undefined) throw twoWays();
    const url = platform.toUrl(path);
    const isFolder = platform.files.stat(url)?.kind === "directory";
    const folder = isFolder ? url.replace(/\/*$/, "/") : new URL(".", url).href;
    const name = isFolder ? "" : `/${decodeURIComponent(url.slice(folder.length))}`;
    const at = async (revision: string | undefined): Promise<Side> => {
      if (revision === undefined) return { path, envFile };
      // The platforms of the program export revisions.
      const exported = await platform.exportRevision!(folder, revision);
      disposals.push(exported.dispose);
      return { path: exported.path + name, envFile };
    };
    return [await at(from), await at(to)];
  }
  if (to !== undefined) {
    throw fail("ERR_USAGE", { problem: "--to needs --from" }, {
      help: "Write --from main to compare with the working tree",
    });
  }
  if (other !== undefined) return [{ path, envFile }, { path: other, envFile }];
  const [first, second] = envFile;
  if (first !== undefined && second !== undefined && envFile.length === 2) {
    return [{ path, envFile: [first] }, { path, envFile: [second] }];
  }
  throw fail("ERR_USAGE", { problem: "There is nothing to compare the app with" }, {
    help: "Give a second path, two --env-file, or a revision as --from",
  });
}

function twoWays(): Error {
  return fail("ERR_USAGE", { problem: "Two paths and --from cannot be combined" }, {
    help: "Compare two paths, or two revisions of one",
  });
}

function changesBetween(before: Resources, after: Resources): Change[] {
  const changes: Change[] = [];
  for (const [urn, resource] of before) {
    const other = after.get(urn);
    if (other === undefined) changes.push({ urn, change: "removed", fields: [] });
    else {
      const fields = differencesBetween(resource, other);
      if (fields.length > 0) changes.push({ urn, change: "changed", fields });
    }
  }
  for (const urn of after.keys()) {
    if (!before.has(urn)) changes.push({ urn, change: "added", fields: [] });
  }
  return changes;
}

const MARKS = { added: "+", removed: "-", changed: "~" } as const;

function asText(changes: readonly Change[]): string {
  if (changes.length === 0) return "No differences\n";
  return changes.map(({ urn, change, fields }) =>
    [`${MARKS[change]} ${urn}`, ...fields.map(lineOf)].join("\n") + "\n"
  ).join("");
}

function lineOf({ path, actual, expected }: Difference): string {
  const field = formatField(path);
  if (actual === undefined) return `    + ${field}: ${showValue(expected?.value)}`;
  if (expected === undefined) return `    - ${field}: ${showValue(actual.value)}`;
  return `    ${field}: ${showValue(actual.value)} -> ${showValue(expected.value)}`;
}

function toJson({ urn, change, fields }: Change): unknown {
  return {
    urn,
    change,
    fields: fields.map(({ path, actual, expected }) => ({
      field: formatField(path),
      before: actual?.value ?? null,
      after: expected?.value ?? null,
    })),
  };
}
