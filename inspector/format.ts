/** Numbers, times and values as text. */
import type { CutValue } from "../src/inspector/api.ts";

/** A duration: `0.4 ms`, `12 ms`, `1.25 s`, `3 min`. */
export function formatMs(ms: number | undefined): string {
  if (ms === undefined) return "–";
  if (ms < 10) return `${trim(ms.toFixed(1))} ms`;
  if (ms < 1000) return `${Math.round(ms)} ms`;
  if (ms < 60_000) return `${trim((ms / 1000).toFixed(2))} s`;
  return `${Math.round(ms / 60_000)} min`;
}

/** A rate: `0.3/s`, `12/s`, `2,000/s`. */
export function formatRate(perSecond: number): string {
  return perSecond < 10
    ? `${trim(perSecond.toFixed(1))}/s`
    : `${Math.round(perSecond).toLocaleString("en")}/s`;
}

/** A share: `3 %`, `<1 %`. */
export function formatShare(share: number): string {
  if (share > 0 && share < 0.01) return "<1 %";
  return `${Math.round(share * 100)} %`;
}

/** The time of day of a timestamp, in the time zone of the reader. */
export function formatTime(timestamp: string | number): string {
  const date = new Date(timestamp);
  if (Number.isNaN(date.getTime())) return String(timestamp);
  const two = (part: number) => String(part).padStart(2, "0");
  return `${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())}.${
    String(date.getMilliseconds()).padStart(3, "0")
  }`;
}

/** A time span since a timestamp: `12 s`, `5 min`, `3 h`, `2 d`. */
export function formatAge(timestamp: string, now: number = Date.now()): string {
  const seconds = Math.max(0, (now - Date.parse(timestamp)) / 1000);
  if (seconds < 60) return `${Math.floor(seconds)} s`;
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min`;
  if (seconds < 86_400) return `${Math.floor(seconds / 3600)} h`;
  return `${Math.floor(seconds / 86_400)} d`;
}

/** A number of things: `1 resource`, `2,000 resources`. */
export function count(number: number, noun: string): string {
  return `${number.toLocaleString("en")} ${noun}${number === 1 ? "" : "s"}`;
}

/** True for what the server records in place of a value that is too large. */
export function isCut(value: unknown): value is CutValue {
  return typeof value === "object" && value !== null && Object.keys(value).length === 1 &&
    typeof (value as Partial<CutValue>).$cut?.text === "string";
}

/** A value on one line, at most `length` characters. */
export function inline(value: unknown, length = 120): string {
  if (value === undefined) return "nothing";
  const text = isCut(value) ? value.$cut.text : JSON.stringify(value);
  return text.length > length ? `${text.slice(0, length)}…` : text;
}

/** A value on several lines. */
export function pretty(value: unknown): string {
  if (value === undefined) return "nothing";
  if (isCut(value)) {
    const { text, length } = value.$cut;
    return `${text}…\n(cut${
      length === undefined ? "" : `; ${length.toLocaleString("en")} characters in all`
    })`;
  }
  return JSON.stringify(value, undefined, 2);
}

function trim(number: string): string {
  return number.replace(/\.?0+$/, "");
}
