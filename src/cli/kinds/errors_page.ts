/** The page of the errors that modules declare, in Markdown. */
import type { KindDescription } from "../../contract/kind_description.ts";

/** The errors of the kinds, by module; empty if there are none. */
export function errorsPage(kinds: readonly KindDescription[]): string {
  const modules = new Map<string, string[]>();
  for (const [code, { status, description, kind, module }] of declaredErrors(kinds)) {
    const about = [
      status === null ? "No HTTP status: clients see an id only." : `HTTP status ${status}.`,
      `Declared by \`${kind}\`.`,
    ];
    const section = [
      `### ${code}`,
      ...(description === null ? [] : [description]),
      about.join(" "),
    ];
    modules.set(module, [...modules.get(module) ?? [], section.join("\n\n")]);
  }
  if (modules.size === 0) return "";
  const sections = Array.from(
    modules,
    ([module, codes]) => [`## ${module}`, ...codes].join("\n\n"),
  );
  return ["# Errors", ...sections].join("\n\n") + "\n";
}

/** The errors by code; kinds that inherit them are not named. */
function declaredErrors(kinds: readonly KindDescription[]) {
  const errors = kinds.filter(({ type }) => type === "definition").flatMap((
    { kind, module, errors },
  ) =>
    errors === "*" ? [] : Object.entries(errors).map(([code, error]) => (
      [code, { ...error, kind, module }] as const
    ))
  );
  return new Map(errors.sort(([a], [b]) => a < b ? -1 : 1));
}
