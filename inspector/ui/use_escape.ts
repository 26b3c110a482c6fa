/** Closes what is open beside a list. */
import { useEffect } from "preact/hooks";

/** Calls `close` when Escape is pressed outside of fields and dialogs; nothing without it. */
export function useEscape(close: (() => void) | undefined): void {
  useEffect(() => {
    if (close === undefined) return;
    const onKey = (event: KeyboardEvent) => {
      const inField = (event.target as HTMLElement).matches("input, select, textarea");
      if (event.key === "Escape" && !inField && document.querySelector("dialog") === null) close();
    };
    addEventListener("keydown", onKey);
    return () => removeEventListener("keydown", onKey);
  });
}
