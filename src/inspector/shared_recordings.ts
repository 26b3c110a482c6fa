/** What this process has recorded of a trace, for the inspector of another process of the app. */
import type { AppFiles } from "./app_files.ts";
import type { Executions } from "./executions.ts";
import type { Recording, SharedRecording } from "./recording.ts";

/**
 * The most characters of an answer. A message of NATS has at most 1 MiB by default, and a character
 * takes up to three bytes.
 */
export const MOST_SHARED_TEXT: number = 256 * 1_024;

/** A value that there is no room for. */
const LEFT_OUT = Object.freeze({ $cut: { text: "" } });

/** The recordings of a trace, oldest first. Their values are redacted already. */
export function shareRecordings(
  executions: Executions,
  traceId: string,
  files: AppFiles,
): readonly SharedRecording[] {
  let left = MOST_SHARED_TEXT;
  const shared: SharedRecording[] = [];
  for (const recording of executions.ofTrace(traceId)) {
    if (left <= 0) break;
    shared.push(share(recording));
  }
  return shared;

  function share({ start, state, isCut, spans, expressions }: Recording): SharedRecording {
    const own = spans.filter(({ node }) => node === undefined);
    const sentSpans = fitting(own, ({ input: _i, output: _o, ...span }) => span);
    const sentExpressions = fitting(
      expressions.filter(({ span }) => own.some(({ id }) => id === span)).map((expression) => ({
        ...expression,
        file: files.toShared(expression.file),
      })),
      (expression) => "value" in expression ? { ...expression, value: LEFT_OUT } : expression,
    );
    return {
      startedAt: start.startedAt,
      isRunning: state === "running",
      isCut: isCut || sentSpans.isCut || sentExpressions.isCut,
      spans: sentSpans.items,
      expressions: sentExpressions.items,
    };
  }

  /** The items, as far as there is room for them; those without room for their values in outline. */
  function fitting<Item>(
    items: readonly Item[],
    outline: (item: Item) => Item,
  ): { readonly items: readonly Item[]; readonly isCut: boolean } {
    const sent: Item[] = [];
    let isCut = false;
    for (const item of items) {
      let length = JSON.stringify(item).length;
      let shown = item;
      if (length > left) {
        isCut = true;
        shown = outline(item);
        length = JSON.stringify(shown).length;
        if (length > left) break;
      }
      left -= length;
      sent.push(shown);
    }
    return { items: sent, isCut };
  }
}
