/** Warns about interceptors of kinds and resources that do not exist. */
import { didYouMean } from "../../diagnostics/nearest.ts";
import type { LogLevel } from "../../contract/log.ts";
import type { InterceptedName } from "./interceptors.ts";

/** An app, as far as it knows what exists. */
interface Existing {
  readonly kinds: { get(kind: string): unknown; names(): Iterable<string> };
  entry(urn: string): unknown;
  entries(): readonly { readonly urn: string }[];
}

/** Logs a warning for each name in `names` that nothing has. */
export function warnAboutInterceptors(
  names: Iterable<InterceptedName>,
  app: Existing,
  logMessage: (level: LogLevel, message: string, owner: string) => void,
): void {
  for (const name of names) {
    const problem = problemOf(name, app);
    if (problem !== undefined) logMessage("warn", problem, name.owner);
  }
}

function problemOf(name: InterceptedName, app: Existing): string | undefined {
  if (name.urn === undefined) {
    if (app.kinds.get(name.kind) !== undefined) return undefined;
    const problem = `Intercepts executions of ${name.kind}, which is not a kind of the app`;
    return joinHelp(problem, didYouMean(name.kind, app.kinds.names()));
  }
  if (app.entry(name.urn) !== undefined) return undefined;
  const urns = app.entries().map(({ urn }) => urn);
  const problem = `Intercepts executions of ${name.urn}, which does not exist`;
  return joinHelp(problem, didYouMean(name.urn, urns));
}

function joinHelp(problem: string, help: string | undefined): string {
  return help === undefined ? problem : `${problem}. ${help}`;
}
