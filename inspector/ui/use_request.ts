/** Reads from the API for as long as a component is shown. */
import { useCallback, useEffect, useRef, useState } from "preact/hooks";
import type { ApiError } from "../../src/inspector/api.ts";
import { get } from "../client.ts";
import { problemOf } from "./problem.tsx";

/** The state of a request. */
export interface Answer<T> {
  /** The latest answer. */
  readonly value: T | undefined;
  /** Why there is none, or why it is old. */
  readonly problem: ApiError | undefined;
  /** Asks again. */
  readonly reload: () => void;
}

/**
 * Asks at the beginning, whenever `path` or `trigger` changes, and, with `every`, again that many
 * milliseconds after each answer while the page is visible. Without a path it asks for nothing.
 */
export function useRequest<T>(
  path: string | undefined,
  { every, trigger }: { readonly every?: number; readonly trigger?: unknown } = {},
): Answer<T> {
  const [value, setValue] = useState<T>();
  const [problem, setProblem] = useState<ApiError>();
  const [asked, setAsked] = useState(0);
  const lastPath = useRef(path);
  useEffect(() => {
    if (lastPath.current !== path) setValue(undefined);
    lastPath.current = path;
    if (path === undefined) return;
    const abort = new AbortController();
    let timer: ReturnType<typeof setTimeout> | undefined;
    const ask = async () => {
      if (!document.hidden) {
        await get<T>(path, abort.signal).then((answer) => {
          setValue(() => answer);
          setProblem(undefined);
        }, (error: unknown) => abort.signal.aborted || setProblem(problemOf(error)));
      }
      if (every !== undefined && !abort.signal.aborted) timer = setTimeout(ask, every);
    };
    void ask();
    return () => {
      abort.abort();
      clearTimeout(timer);
    };
  }, [path, every, trigger, asked]);
  return { value, problem, reload: useCallback(() => setAsked((number) => number + 1), []) };
}
