/** Modules registered from code. */
import { isPlainObject, nameOfType } from "../../contract/wrong_argument.ts";
import type { Diagnostics } from "../../contract/diagnostics.ts";
import { type DiglyError, fail } from "../../contract/errors.ts";
import { formatPath } from "../../contract/field_path.ts";
import { parsePattern } from "../../contract/path_pattern.ts";
import type { ValueMap } from "../../contract/resource.ts";
import type { Located } from "../../contract/source.ts";
import type { Controller, DiglyModule, KindDeclaration } from "../../contract/module.ts";
import { didYouMean, nearest } from "../../diagnostics/nearest.ts";
import { isReservedName } from "../../contract/reserved.ts";
import { isKernelKind, isKind } from "../../contract/urn.ts";
import { checkDefinition } from "./definition_checks.ts";
import { codesOf } from "./declared_errors.ts";
import type { KindEntry } from "./kinds.ts";
import { readTypeDeclarations } from "./read_scopes.ts";

/** Throws for an invalid module, or a second one with the same name. */
export function checkModule(module: DiglyModule, registered: readonly DiglyModule[]): void {
  if (typeof module !== "object" || module === null) {
    throw invalid("A module must be an object", 'Write `{ name: "My", … }`');
  }
  const { name, controllers = {} } = module;
  if (typeof name !== "string") {
    throw invalid("A module registered from code has no name", 'Add one, such as `name: "My"`');
  }
  if (isReservedName(name)) {
    throw invalid(`"${name}" is reserved and cannot name a module`, "Choose another name");
  }
  if (!isKind(name)) {
    const help = "A name is made of letters, digits and _, in parts joined by dots";
    throw invalid(`"${name}" cannot name a module`, help);
  }
  if (registered.some((other) => other.name === name)) {
    throw invalid(`Two modules are called "${name}"`, "Give one of them another name");
  }
  checkMembers(module, `The module "${name}"`, Object.keys(MODULE_MEMBERS), MODULE_FUNCTIONS);
  checkDefinitions(module);
  checkControllers(module);
  const kinds = declarations(module).map(({ kind }) => kind);
  for (const kind of kinds) {
    if (typeof kind !== "string" || !isKind(kind)) {
      const help = `Write the whole kind, such as "${name}.Thing"`;
      throw invalid(
        `The module "${name}" defines "${String(kind)}", which is not a valid kind`,
        help,
      );
    }
    if (isKernelKind(kind)) {
      throw invalid(`${kind} belongs to the runtime and cannot be defined again`);
    }
  }
  for (const kind of Object.keys(controllers)) {
    if (kinds.includes(kind)) continue;
    const problem = `The module "${name}" has a controller for ${kind}, which it does not define`;
    throw invalid(problem, didYouMean(kind, kinds) ?? "Add the kind to its definitions");
  }
}

const CONTROLLER_MEMBERS: Readonly<Record<keyof Controller, true>> = {
  register: true,
  create: true,
  execute: true,
  value: true,
  connect: true,
};
const MODULE_MEMBERS: Readonly<Record<keyof DiglyModule, true>> = {
  ...CONTROLLER_MEMBERS,
  name: true,
  version: true,
  definitions: true,
  controllers: true,
};
const DEFINITION_MEMBERS: Readonly<Record<keyof KindDeclaration, true>> = {
  kind: true,
  implements: true,
  schema: true,
  unknownFields: true,
  concurrentInit: true,
  idempotent: true,
  transport: true,
  resources: true,
  events: true,
  scope: true,
  scopes: true,
  expects: true,
  execution: true,
  provides: true,
  schemas: true,
  opaque: true,
  parts: true,
  check: true,
  value: true,
  sensitive: true,
  errors: true,
};
const MODULE_FUNCTIONS = Object.keys(CONTROLLER_MEMBERS);

/** Rejects misspelt members, and members of `functions` that are not functions. */
function checkMembers(
  value: object,
  what: string,
  known: readonly string[],
  functions: readonly string[],
): void {
  for (const key of Object.keys(value)) {
    const near = known.includes(key) ? undefined : nearest(key, known);
    if (near !== undefined && !Object.hasOwn(value, near)) {
      throw invalid(`${what} has "${key}"`, `Did you mean "${near}"?`);
    }
  }
  for (const name of functions) {
    const member: unknown = (value as Record<string, unknown>)[name];
    if (member === undefined || typeof member === "function") continue;
    throw invalid(`\`${name}\` of ${what} must be a function, and it is ${nameOfType(member)}`);
  }
}

function checkDefinitions({ name, definitions }: DiglyModule): void {
  if (definitions === undefined) return;
  const what = `the module "${name}"`;
  if (!Array.isArray(definitions)) {
    const found = nameOfType(definitions);
    throw invalid(`\`definitions\` of ${what} must be a list, and it is ${found}`);
  }
  for (const definition of definitions as unknown[]) {
    if (!isPlainObject(definition)) {
      throw invalid(
        `A definition of ${what} must be an object, and it is ${nameOfType(definition)}`,
      );
    }
    const { kind, events, scope, unknownFields } = definition;
    const of = `the kind "${String(kind)}" of ${what}`;
    checkMembers(definition, `The definition of ${of}`, Object.keys(DEFINITION_MEMBERS), []);
    checkNames("events", events, of);
    checkNames("implements", definition["implements"], of);
    for (const field of ["resources", "schemas", "opaque"]) {
      checkNames(field, definition[field], of);
    }
    if (scope !== "*") checkNames("scope", scope, of);
    if (unknownFields !== undefined && unknownFields !== "allow" && unknownFields !== "warn") {
      throw invalid(`\`unknownFields\` of ${of} must be "warn" or "allow"`);
    }
    for (const field of ["concurrentInit", "idempotent", "transport"]) {
      const flag: unknown = definition[field];
      if (flag === undefined || typeof flag === "boolean") continue;
      throw invalid(`\`${field}\` of ${of} must be true or false`);
    }
    const reporting = reportingOf(of);
    const written = definition as ValueMap;
    checkDefinition({ ...written, controllers: null }, IN_CODE, reporting);
    readTypeDeclarations(written, [], IN_CODE, reporting);
  }
}

function checkNames(field: string, value: unknown, of: string): void {
  if (value === undefined) return;
  const isList = Array.isArray(value) && value.every((item) => typeof item === "string");
  if (!isList) throw invalid(`\`${field}\` of ${of} must be a list of strings`);
}

function checkControllers({ name, controllers }: DiglyModule): void {
  if (controllers === undefined) return;
  const what = `the module "${name}"`;
  if (!isPlainObject(controllers)) {
    const found = nameOfType(controllers);
    throw invalid(`\`controllers\` of ${what} must be an object, and it is ${found}`);
  }
  for (const [kind, controller] of Object.entries<unknown>(controllers)) {
    const of = `The controller of ${kind} in ${what}`;
    if (typeof controller !== "object" || controller === null) {
      throw invalid(`${of} must be an object, and it is ${nameOfType(controller)}`);
    }
    checkMembers(controller, of, MODULE_FUNCTIONS, MODULE_FUNCTIONS);
  }
}

/** The kinds of a module. */
export function declaredKinds(module: DiglyModule): KindEntry[] {
  return declarations(module).map((definition) => ({
    kind: definition.kind,
    module: module.name,
    servedBy: definition.kind,
    extends: undefined,
    description: undefined,
    example: undefined,
    implementation: { type: "code", controller: module.controllers?.[definition.kind] ?? module },
    errors: codesOf(module.name, definition.errors),
    check: definition.check && { type: "code", check: definition.check },
    schema: definition.schema,
    unknownFields: definition.unknownFields ?? "allow",
    implements: definition.implements ?? [],
    concurrentInit: definition.concurrentInit ?? false,
    idempotent: definition.idempotent ?? false,
    transport: definition.transport ?? false,
    events: definition.events ?? [],
    ...readTypeDeclarations(
      // Declarations in code have the form of those in YAML.
      definition as unknown as ValueMap,
      definition.scope === "*" ? [] : definition.scope ?? [],
      IN_CODE,
      reportingOf(`the kind "${definition.kind}"`),
    ),
    resources: definition.resources ?? [],
    opaque: definition.opaque ?? [],
    schemas: definition.schemas ?? [],
    parts: (definition.parts ?? []).map(parsePattern),
    valueExpression: definition.value === true
      ? { expression: undefined, sensitive: definition.sensitive === true }
      : undefined,
    originOf: () => undefined,
    schemaOriginOf: () => undefined,
    schemaUrl: undefined,
    sourceUrl: undefined,
  }));
}

/** A definition in code has no file. */
const IN_CODE: Located = {
  source: { url: "", text: "", module: "", root: "" },
  originAt: (path) => ({ file: "", line: 0, column: 0, length: 0, path: formatPath(path) }),
};

/** Throws the first mistake in a definition. */
function reportingOf(of: string): Diagnostics {
  return {
    error({ details, help }): never {
      throw invalid(`${(details as { problem: string }).problem} (in ${of})`, help);
    },
    warning: () => {},
  };
}

/** The definitions of a module; without any, the kinds that it has controllers for. */
function declarations({ definitions, controllers }: DiglyModule): readonly KindDeclaration[] {
  return definitions ?? Object.keys(controllers ?? {}).map((kind) => ({ kind }));
}

function invalid(problem: string, help?: string): DiglyError {
  return fail("ERR_MODULE_INVALID", { problem }, { help });
}
