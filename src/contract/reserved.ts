/** Names that have a meaning of their own in kinds: modules and kinds cannot begin with them. */

/** The reserved names. */
export const RESERVED_NAMES: readonly string[] = [
  "Runtime",
  "Template",
  "Self",
  "TemplateDefinition",
];

/** True for a name that a module cannot have. */
export function isReservedName(name: string): boolean {
  return RESERVED_NAMES.includes(name);
}
