/**
 * Uniform Resource Names: `Kind.Name`, split at the last dot.
 */

/**
 * The two halves of a URN.
 *
 * @example
 * const { kind, name }: Urn = parseUrn("Sql.Query.Total")!;
 */
export interface Urn {
  readonly kind: string;
  readonly name: string;
}

const KIND = /^[A-Za-z_][A-Za-z0-9_]*(?:\.[A-Za-z_][A-Za-z0-9_]*)*$/;
const NAME = /^[\p{L}\p{N}_:@-]+$/u;
const FORBIDDEN = new Set(["__proto__", "prototype", "constructor"]);
const FORBIDDEN_PART = /(?:^|\.)(?:__proto__|prototype|constructor)(?:\.|$)/;

/** Kinds of the kernel; only `Runtime.KindDefinition` may have dots in its names. */
export const KERNEL_KINDS = {
  definition: "Runtime.Definition",
  kindDefinition: "Runtime.KindDefinition",
  template: "TemplateDefinition",
} as const;

/** True for a kind that the kernel serves itself. */
export function isKernelKind(kind: string): boolean {
  return kind === KERNEL_KINDS.definition || kind === KERNEL_KINDS.kindDefinition ||
    kind === KERNEL_KINDS.template;
}

/**
 * Writes a URN.
 *
 * @example
 * formatUrn("Sql.Query", "Total"); // "Sql.Query.Total"
 */
export function formatUrn(kind: string, name: string): string {
  return `${kind}.${name}`;
}

/**
 * Splits a URN at its last dot; `undefined` when the text cannot be one.
 * A `Runtime.KindDefinition` keeps the dots of its name.
 *
 * @example
 * parseUrn("Sql.Query.Total"); // { kind: "Sql.Query", name: "Total" }
 * parseUrn("Total"); // undefined
 */
export function parseUrn(text: string): Urn | undefined {
  const own = KERNEL_KINDS.kindDefinition + ".";
  if (text.startsWith(own)) {
    return { kind: KERNEL_KINDS.kindDefinition, name: text.slice(own.length) };
  }
  const dot = text.lastIndexOf(".");
  if (dot <= 0 || dot === text.length - 1) return undefined;
  const kind = text.slice(0, dot);
  return isKind(kind) ? { kind, name: text.slice(dot + 1) } : undefined;
}

/** The first part of a kind, which is also what expressions name its resources by: `Sql` of `Sql.Query`. */
export function rootOfKind(kind: string): string {
  const dot = kind.indexOf(".");
  return dot === -1 ? kind : kind.slice(0, dot);
}

/** True when the text follows the grammar of kinds: identifiers joined by dots. */
export function isKind(text: string): boolean {
  return KIND.test(text) && !FORBIDDEN_PART.test(text);
}

/** True when the text may name a resource of `kind`. */
export function isName(text: string, kind: string): boolean {
  if (isForbiddenName(text)) return false;
  return kind === KERNEL_KINDS.kindDefinition ? isKind(text) : NAME.test(text);
}

/** Names that could reach a JavaScript prototype; rejected everywhere. */
export function isForbiddenName(text: string): boolean {
  return FORBIDDEN.has(text);
}
