/** Modules registered from code. Rules: specification §9.1, decisions D-12 and D-36. */
import { type DiglyError, fail } from "../contract/errors.ts";
import type { DiglyModule, KindDeclaration } from "../contract/module.ts";
import { didYouMean } from "../contract/nearest.ts";
import { isKernelKind, isKind, RESERVED_MODULE_NAMES } from "../contract/urn.ts";
import type { KindEntry } from "./kinds.ts";

/** Throws for what is no module, and for a second one of a name. */
export function checkModule(module: DiglyModule, registered: readonly DiglyModule[]): void {
  if (typeof module !== "object" || module === null) {
    throw invalid("A module must be an object", 'Write `{ name: "My", … }`');
  }
  const { name, controllers = {} } = module;
  if (typeof name !== "string") {
    throw invalid("A module registered from code has no name", 'Add one, such as `name: "My"`');
  }
  if (RESERVED_MODULE_NAMES.includes(name)) {
    throw invalid(`"${name}" is reserved and cannot name a module`, "Choose another name");
  }
  if (!isKind(name)) {
    const help = "A name is made of letters, digits and _, in parts joined by dots";
    throw invalid(`"${name}" cannot name a module`, help);
  }
  if (registered.some((other) => other.name === name)) {
    throw invalid(`Two modules are called "${name}"`, "Give one of them another name");
  }
  const kinds = declarations(module).map(({ kind }) => kind);
  for (const kind of kinds) {
    if (typeof kind !== "string" || !isKind(kind)) {
      const help = `Write the whole kind, such as "${name}.Thing"`;
      throw invalid(`The module "${name}" defines "${String(kind)}", which is no kind`, help);
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
    check: definition.check && { type: "code", check: definition.check },
    schema: definition.schema,
    unknownFields: definition.unknownFields ?? "allow",
    events: definition.events ?? [],
    scope: definition.scope ?? [],
    opaque: [],
    schemas: [],
    standsFor: undefined,
    originOf: () => undefined,
    schemaOriginOf: () => undefined,
    schemaUrl: undefined,
    sourceUrl: undefined,
  }));
}

/** What a module defines; without definitions, the kinds it has controllers for. */
function declarations({ definitions, controllers }: DiglyModule): readonly KindDeclaration[] {
  return definitions ?? Object.keys(controllers ?? {}).map((kind) => ({ kind }));
}

function invalid(problem: string, help?: string): DiglyError {
  return fail("ERR_MODULE_INVALID", { problem }, { help });
}
