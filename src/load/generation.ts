/** The generation of an app: a hash that nodes with the same manifests share. */
import type { Registry } from "./registry/registry.ts";

/** How many hexadecimal digits of the hash are kept. */
const DIGITS = 16;

/**
 * A hash of every resource as it is written before `${{ }}` is evaluated, whatever the order and the
 * place of the files, so that it does not depend on the secrets and variables of a machine.
 */
export async function generationOf(
  registry: Registry,
  app: { readonly name: string; readonly version: string | undefined },
): Promise<string> {
  const texts = registry.entries()
    .map(({ urn, manifest: { value } }) => `${urn}\n${JSON.stringify(sorted(value))}`)
    .sort();
  const bytes = new TextEncoder().encode([app.name, app.version ?? "", ...texts].join("\n"));
  const hash = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
  return Array.from(hash, (byte) => byte.toString(16).padStart(2, "0")).join("").slice(0, DIGITS);
}

/** Data with the keys of its maps in order; deferred values become their text. */
function sorted(value: unknown): unknown {
  if (typeof value !== "object" || value === null) return value;
  if ("toJSON" in value) return `\${{ ${String(value)} }}`;
  if (Array.isArray(value)) return value.map(sorted);
  const map = value as Readonly<Record<string, unknown>>;
  return Object.keys(map).sort().map((key) => [key, sorted(map[key])]);
}
