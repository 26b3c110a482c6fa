/** Which items of the live lists are shown. */
import type { EventItem, ExecutionSummary, LogItem } from "../src/inspector/api.ts";

/** The levels of log lines, in ascending order. */
export const LEVELS: readonly LogItem["level"][] = ["debug", "info", "warn", "error"];

/** The filters of events and log lines; an empty one lets everything through. */
export interface ItemFilters {
  /** Part of an event's name or payload, or of a message or its fields; case does not matter. */
  readonly text: string;
  /** Part of the URN of the resource. */
  readonly resource: string;
  readonly kind: string;
  readonly trace: string;
  /** The least level of log lines. */
  readonly level: string;
}

/** Some of the executions. */
export function filterExecutions(
  executions: readonly ExecutionSummary[],
  { search, failed }: { readonly search: string; readonly failed: boolean },
): readonly ExecutionSummary[] {
  const text = search.trim().toLowerCase();
  if (text === "" && !failed) return executions;
  return executions.filter(({ urn, id, trace, state, error }) =>
    (!failed || state === "failed") &&
    (text === "" || urn.toLowerCase().includes(text) || trace.startsWith(text) ||
      id.startsWith(text) ||
      (error !== undefined && `${error.code} ${error.message}`.toLowerCase().includes(text)))
  );
}

/** True for an event that the filters let through. */
export function matchesEvent(item: EventItem, filters: ItemFilters): boolean {
  const { event, resource = "", source = "", kind = "", traceId = "", payload } = item;
  return includes(`${resource} ${source}`, filters.resource) &&
    matchesKind(kind, filters.kind) && traceId.startsWith(filters.trace.trim()) &&
    (includes(event, filters.text) || includesJson(payload, filters.text));
}

/** True for a log line that the filters let through. */
export function matchesLog(item: LogItem, filters: ItemFilters): boolean {
  const { owner, traceId = "", level, message, fields } = item;
  return includes(owner, filters.resource) &&
    // The owner of a line is a URN, the name of a module, or the kernel.
    matchesKind(owner.slice(0, Math.max(0, owner.lastIndexOf("."))), filters.kind) &&
    traceId.startsWith(filters.trace.trim()) &&
    (filters.level === "" || LEVELS.indexOf(level) >= LEVELS.indexOf(filters.level as never)) &&
    (includes(message, filters.text) || includesJson(fields, filters.text));
}

/** `Sql` and `Sql.` match every kind that begins so, `Sql.Query` that kind. */
function matchesKind(kind: string, filter: string): boolean {
  return kind.toLowerCase().startsWith(filter.trim().toLowerCase());
}

function includes(text: string, part: string): boolean {
  const wanted = part.trim().toLowerCase();
  return wanted === "" || text.toLowerCase().includes(wanted);
}

function includesJson(value: unknown, part: string): boolean {
  return value !== undefined && part.trim() !== "" && includes(JSON.stringify(value), part);
}

/** Items as lines of JSON, oldest first, as they are exported. */
export function exportLines(items: readonly { readonly seq: number }[]): string {
  return [...items].sort((a, b) => a.seq - b.seq)
    .map((item) => JSON.stringify(item) + "\n").join("");
}
