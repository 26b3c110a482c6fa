/**
 * Files of an app that resources name in fields with `digly:file`: modules in JavaScript, and files or
 * folders of data. They belong to the app like its controllers, so a check looks for them and a bundle
 * contains them.
 */
import { type DiglyError, fail } from "../../contract/errors.ts";
import { formatField } from "../../contract/field_path.ts";
import { isRemote, resolveLocation } from "../../contract/location.ts";
import type { Files } from "../../contract/platform.ts";
import { notAFile } from "../../contract/read_file.ts";
import { isMap, type Path } from "../../contract/resource.ts";
import { nearestPath } from "../../diagnostics/nearest_file.ts";
import type { Checked, CheckedKind } from "./checked.ts";

/** What a field names: a module to import, or data to read. */
export type FileRole = "module" | "data";

/** A file or folder that a resource names. */
export interface NamedFile {
  readonly path: Path;
  readonly role: FileRole;
  /** As it is written. */
  readonly place: string;
  /** The URL of the manifest that names it. */
  readonly base: string;
}

/** The kinds of an app. */
type Kinds = ReadonlyMap<string, Pick<CheckedKind, "schema" | "servedBy">>;

/** A resource that may name files. */
type Naming = Pick<Checked, "urn" | "kind" | "resource" | "manifest">;

const NO_FILES: readonly NamedFile[] = [];

/** The files that a resource names. */
export function namedFiles(
  { kind, resource, manifest }: Naming,
  kinds: Kinds,
): readonly NamedFile[] {
  const fields = fileFields(kind, kinds);
  if (fields.size === 0) return NO_FILES;
  let files: NamedFile[] | undefined;
  const add = (place: unknown, path: Path, role: FileRole) => {
    if (typeof place !== "string" || place === "") return;
    (files ??= []).push({ path, role, place, base: manifest.source.url });
  };
  for (const [name, role] of fields) {
    const value = resource[name];
    if (Array.isArray(value)) value.forEach((item, index) => add(item, [name, index], role));
    else if (value !== undefined) add(value, [name], role);
  }
  return files ?? NO_FILES;
}

/** The URL of a file. Throws for a path that cannot be one. */
export function urlOfFile({ place, base }: NamedFile): string {
  return resolveLocation(place, base);
}

/** Why a file cannot be used, as an error at its place; `undefined` if it can. */
export function fileProblem(
  file: NamedFile,
  { urn, manifest }: Naming,
  files: Files,
): DiglyError | undefined {
  const { path, role, place, base } = file;
  const problem = (text: string, help: string | undefined) =>
    fail("ERR_RESOURCE_INVALID", { urn, problem: `\`${formatField(path)}\` ${text}` }, {
      origin: manifest.originAt(path),
      help,
    });
  if (isRemote(base)) {
    return problem("names a file, and the manifest is remote", "Download the manifest");
  }
  const url = urlOfFile(file);
  if (!url.startsWith("file:")) {
    return problem(`"${place}" is not a file of this machine`, "Write a path");
  }
  const kind = files.stat(url)?.kind;
  const reason = role === "data" && kind === "directory" ? undefined : notAFile(kind);
  if (reason === undefined) return undefined;
  const near = kind === undefined
    ? nearestPath(place, base, files) ?? pathInParent(place, base, files)
    : undefined;
  return problem(
    `names "${place}", which ${reason}`,
    near === undefined
      ? "Paths are relative to the folder of the file in which they are written"
      : `Did you mean "${near}"?`,
  );
}

/** The path from the parent folder, for a resource that was moved into a folder below its files. */
function pathInParent(place: string, base: string, files: Files): string | undefined {
  const path = place.replace(/^(?:\.\/)?/, "../");
  return files.stat(resolveLocation(path, base)) === undefined ? undefined : path;
}

/** The fields of a kind, or of the kind that serves it, that name files. */
function fileFields(name: string, kinds: Kinds): ReadonlyMap<string, FileRole> {
  const kind = kinds.get(name);
  if (kind === undefined) return NO_FIELDS;
  let fields = known.get(kind);
  if (fields === undefined) {
    known.set(kind, fields = findFileFields([kind.schema, kinds.get(kind.servedBy)?.schema]));
  }
  return fields;
}

const NO_FIELDS: ReadonlyMap<string, FileRole> = new Map();

const known = new WeakMap<NonNullable<ReturnType<Kinds["get"]>>, ReadonlyMap<string, FileRole>>();

function findFileFields(schemas: readonly unknown[]): ReadonlyMap<string, FileRole> {
  const fields = new Map<string, FileRole>();
  for (const schema of schemas) {
    const properties = isMap(schema) ? schema["properties"] : undefined;
    for (const [field, property] of Object.entries(isMap(properties) ? properties : {})) {
      const role = isMap(property) ? property["digly:file"] : undefined;
      if (role === "module" || role === "data") fields.set(field, role);
    }
  }
  return fields;
}
