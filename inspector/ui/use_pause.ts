/** Stops a live list, so that one can read it. */
import { createElement, type JSX } from "preact";
import { useEffect, useState } from "preact/hooks";

/** The state of the pause. */
export interface Pause {
  /** The version to show: it stays the same during a pause. */
  readonly version: number;
  readonly isPaused: boolean;
  /** Begins a pause, as reading a row does. */
  readonly pause: () => void;
  readonly button: JSX.Element;
}

/** A pause of a list with this version; the key `p` changes it as the button does. */
export function usePause(version: number): Pause {
  const [pausedAt, setPausedAt] = useState<number>();
  const toggle = () => setPausedAt((at) => at === undefined ? version : undefined);
  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      const inField = (event.target as HTMLElement).matches("input, select, textarea");
      if (event.key === "p" && !inField && !event.ctrlKey && !event.metaKey) toggle();
    };
    addEventListener("keydown", onKey);
    return () => removeEventListener("keydown", onKey);
  });
  return {
    version: pausedAt ?? version,
    isPaused: pausedAt !== undefined,
    pause: () => setPausedAt((at) => at ?? version),
    button: createElement(
      "button",
      {
        type: "button",
        onClick: toggle,
        "aria-pressed": pausedAt !== undefined,
        title: "Pause (p)",
      },
      pausedAt === undefined ? "Pause" : "Continue",
    ),
  };
}
