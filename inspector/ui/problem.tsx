/** An error, as the terminal shows it. */
import type { JSX } from "preact";
import type { ApiError } from "../../src/inspector/api.ts";
import { RequestFailure } from "../client.ts";

/** An error of the app or the API. */
export function ProblemBox({ problem }: { readonly problem: ApiError }): JSX.Element {
  const { code, message, help, place, frame } = problem;
  return (
    <div class="problem">
      <p>
        <strong>{code}</strong> {message}
      </p>
      {place && <p class="dim">{`${place.file}:${place.line}:${place.column}`}</p>}
      {frame !== undefined && <pre tabIndex={0}>{frame}</pre>}
      {help !== undefined && <p>{withCode(help)}</p>}
    </div>
  );
}

/** Text in which what is between backticks is code. */
export function withCode(text: string): (string | JSX.Element)[] {
  return text.split("`").map((part, index) =>
    index % 2 === 0 ? part : <code key={index}>{part}</code>
  );
}

/** Any error as one that {@link ProblemBox} shows. */
export function problemOf(error: unknown): ApiError {
  return error instanceof RequestFailure
    ? error.problem
    : { code: "ERR_PAGE", message: String(error) };
}
