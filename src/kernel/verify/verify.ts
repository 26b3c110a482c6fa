/**
 * All checks of resources that do not need a controller: the kind is defined, a controller entry
 * fits, schemas are valid and satisfied (docs/decisions.md#checks-before-boot).
 */
import { type DiglyError, fail } from "../../contract/errors.ts";
import type { ControllerEntry } from "../../contract/manifest.ts";
import { didYouMeanUrn } from "../../diagnostics/nearest.ts";
import { isKernelKind, KERNEL_KINDS } from "../../contract/urn.ts";
import { checkCode } from "./check_code.ts";
import { checkKindSchemas, checkResourceSchemas } from "./check_schemas.ts";
import { formatUnclaimedResources } from "../boot/unclaimed_resources.ts";
import type { Checked, VerifyOptions } from "./checked.ts";
import { loadLibraryForFields } from "./field_library.ts";
import { fileProblem, namedFiles } from "./named_files.ts";
import { runChecks } from "./run_checks.ts";
import { describeHost, runtimesOf, selectEntry } from "../boot/select.ts";
import { verifySchemas } from "./verify_schemas.ts";

/** Checks all resources; returns the controller entry chosen for each kind in use. */
export async function verifyResources(
  resources: readonly Checked[],
  options: VerifyOptions,
): Promise<ReadonlyMap<string, ControllerEntry>> {
  const entries = new Map<string, ControllerEntry>();
  const seen = new Set<string>();
  const unknown: Checked[] = [];
  for (const checked of resources) {
    const kind = options.kinds.get(checked.kind);
    if (kind === undefined) {
      if (!isKernelKind(checked.kind)) unknown.push(checked);
    } else if (
      !seen.has(checked.kind) && !options.isFaked(checked.urn) && !options.isElsewhere(checked.urn)
    ) {
      seen.add(checked.kind);
      if (kind.implementation.type !== "entries") continue;
      const entry = await chooseEntry(checked, kind.implementation.entries, options);
      if (entry !== undefined) entries.set(checked.kind, entry);
    }
  }
  if (unknown.length > 0) {
    const templates = resources.filter(({ kind }) => kind === KERNEL_KINDS.template);
    options.diagnostics.error(unknownKinds(unknown, templates, options));
  }
  await checkKindSchemas(options);
  const unsound = new Set<string>();
  const reported = await checkResourceSchemas(resources, unsound, options);
  const local = resources.filter(({ urn }) => !options.isElsewhere(urn));
  await checkCode(local, options);
  checkFiles(local, unsound, options);
  await verifySchemas(resources, unsound, reported, options);
  await loadLibraryForFields(local, options);
  await runChecks(local, unsound, options);
  return entries;
}

/** Reports files that resources name and that do not exist. */
function checkFiles(
  resources: readonly Checked[],
  unsound: Set<string>,
  { kinds, diagnostics, files, isFaked, exists }: VerifyOptions,
): void {
  for (const checked of resources) {
    if (unsound.has(checked.urn) || isFaked(checked.urn)) continue;
    for (const file of namedFiles(checked, kinds)) {
      // In a bundle, modules are part of the program.
      const { place: entrypoint, base, path } = file;
      const origin = checked.manifest.originAt(path);
      const isModule = file.role === "module";
      if (isModule && exists({ entrypoint, base, runtimes: [], origin })) continue;
      const problem = fileProblem(file, checked, files);
      if (problem === undefined) continue;
      unsound.add(checked.urn);
      diagnostics.error(problem);
    }
  }
}

async function chooseEntry(
  { kind, urn, manifest }: Checked,
  entries: readonly ControllerEntry[],
  { host, exists, problemOf, placeOf, nearestTo, diagnostics }: VerifyOptions,
): Promise<ControllerEntry | undefined> {
  const selection = selectEntry(entries, host);
  if ("entry" in selection) {
    if (exists(selection.entry)) {
      const error = await problemOf(selection.entry);
      if (error === undefined) return selection.entry;
      const { details, origin, help } = error;
      const related = [{ message: `${urn} needs it`, origin: manifest.originAt([]) }];
      diagnostics.error(fail("ERR_MODULE_INVALID", details, { origin, help, related }));
      return undefined;
    }
    const { entrypoint, origin } = selection.entry;
    const near = nearestTo(selection.entry);
    diagnostics.error(fail("ERR_MODULE_INVALID", {
      problem: `The controller "${entrypoint}" of ${kind} does not exist`,
    }, {
      origin,
      help: /^(?!file:)[a-z][a-z0-9+.-]+:/i.test(entrypoint)
        ? "A controller is a file of this machine: download it, and name the file"
        : near === undefined
        ? `Looked at ${placeOf(selection.entry)}`
        : `Did you mean "${near}"?`,
    }));
    return undefined;
  }
  const origin = selection.refused[0]?.entry.origin;
  // Authors of an app cannot change the entries of a built-in module.
  const isBuiltIn = origin?.file.startsWith("digly:") ?? false;
  const list = selection.refused.map(({ entry, reason }) => `${runtimesOf(entry)}: ${reason}`);
  diagnostics.error(fail("ERR_RUNTIME_MISMATCH", {
    problem: `No controller of ${kind} fits ${describeHost(host)}\n  ${list.join("\n  ")}`,
  }, {
    origin: isBuiltIn ? manifest.originAt(["kind"]) : origin,
    help: isBuiltIn
      ? "Run the app on a runtime that is listed, or with the single executable"
      : `${urn} needs one: add an entry for ${host.name}, or run it on a runtime that is listed`,
  }));
  return undefined;
}

/** One error for all resources of undefined kinds. */
function unknownKinds(
  unknown: readonly Checked[],
  templates: readonly Checked[],
  options: VerifyOptions,
): DiglyError {
  const [first, ...rest] = unknown as [Checked, ...Checked[]];
  const urns = unknown.map(({ urn }) => urn);
  return fail("ERR_CONTROLLER_NOT_FOUND", {
    problem: formatUnclaimedResources(unknown),
    resources: urns,
  }, {
    origin: first.manifest.originAt(["kind"]),
    help: helpForKind(first.kind, templates, options),
    related: rest.map((other) => ({
      message: [other.urn, helpForKind(other.kind, templates, options)].filter(Boolean).join(": "),
      origin: other.manifest.originAt(["kind"]),
    })),
  });
}

function helpForKind(
  kind: string,
  templates: readonly Checked[],
  { kinds, importFor }: VerifyOptions,
): string | undefined {
  const provider = importFor(kind);
  if (provider !== undefined) return `Add "${provider}" to \`imports\` of the runtime.yaml`;
  const instances = templates.flatMap(({ resource: { metadata: { name } }, manifest }) => [
    kind.includes(".") ? kind.replace(/[^.]*$/, name) : name,
    `${manifest.source.module}.${name}`,
  ]);
  return didYouMeanUrn(kind, [...kinds.keys(), ...instances, ...Object.values(KERNEL_KINDS)]) ??
    "No imported module defines this kind";
}
