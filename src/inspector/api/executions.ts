/** The executions and requests of the inspector's API, recorded ones and those that are asked for. */
import type { ApiError, Page, Place } from "./common.ts";
import type { LogItem } from "./records.ts";

/** An execution that no other one in this process has started, with those below it. */
export interface ExecutionSummary {
  /** 16 hexadecimal digits. */
  readonly id: string;
  /** A number that grows with every execution that is recorded or changes. */
  readonly seq: number;
  /** W3C trace id. */
  readonly trace: string;
  readonly urn: string;
  /** ISO 8601. */
  readonly startedAt: string;
  readonly state: "running" | "done" | "failed";
  /** Its duration in milliseconds, once it has ended. */
  readonly ms?: number;
  readonly error?: { readonly code: string; readonly message: string };
  /** `inspector` for one that `POST executions` or `POST requests` has started. */
  readonly startedBy: "app" | "inspector";
  /**
   * `outline` has no values: executions are sampled, and only a failure is always noted. See
   * docs/inspector.md.
   */
  readonly detail: "full" | "outline";
  /**
   * True for a request that the resource has answered, which is not an execution: its input is a
   * method, a path and a body, and `POST requests` repeats it.
   */
  readonly isRequest: boolean;
  /** The number of its spans. */
  readonly spans: number;
}

/** `executions?resource=&trace=&failed=true&after=&limit=`: the recorded executions. */
export type ExecutionsView = Page<ExecutionSummary>;

/** `executions/<id>`: one execution. */
export interface ExecutionView extends ExecutionSummary {
  readonly input?: unknown;
  readonly output?: unknown;
  readonly failure?: ApiError;
  /** In the order in which they started; the first one is the execution itself. */
  readonly items: readonly Span[];
  /** In the order in which they were evaluated. */
  readonly expressions: readonly ExpressionValue[];
  /** True if spans or expressions beyond a limit were not recorded. */
  readonly isCut: boolean;
  /** The nodes of a cluster whose values are not there. */
  readonly missing: readonly MissingValues[];
  /** What it logged. */
  readonly logs: readonly LogItem[];
  /** The same execution from the terminal. */
  readonly command: string;
}

/** Why values of another process are not there. */
export interface MissingValues {
  /** Undefined if no node is known to have run a part of the execution. */
  readonly node?: string;
  /** Continues a sentence whose subject is the node, or is one itself. */
  readonly reason: string;
}

/** The execution of one resource. */
export interface Span {
  /** 16 hexadecimal digits. */
  readonly id: string;
  readonly parent?: string;
  readonly urn: string;
  /** The process that ran it, if it was another one. */
  readonly node?: string;
  /** Milliseconds since the start of the first span. */
  readonly startMs: number;
  /** Undefined while it runs. */
  readonly ms?: number;
  readonly input?: unknown;
  readonly output?: unknown;
  readonly error?: { readonly code: string; readonly message: string };
}

/** The value that an expression had during an execution. */
export interface ExpressionValue extends Place {
  /** The resource whose manifest has the expression. */
  readonly urn: string;
  /** The span that evaluated it, if it is known. */
  readonly span?: string;
  /** The text between the braces. */
  readonly source: string;
  /** Undefined if the evaluation failed. */
  readonly value?: unknown;
  readonly error?: string;
  /** Milliseconds since the start of the first span. */
  readonly atMs: number;
  /** How often it was evaluated at this place during the span; the value is the last one. */
  readonly times: number;
}

/** Body of `POST executions`. */
export interface ExecuteRequest {
  readonly urn: string;
  readonly input?: unknown;
  /** 30,000 by default, 300,000 at most. */
  readonly timeoutMs?: number;
}

/** Answer of `POST executions`, also when the execution fails. */
export type ExecuteResult = ExecutionView;

/** Body of `POST requests`: a request to the app's own HTTP servers. */
export interface HttpRequestRequest {
  readonly method: string;
  /** Begins with `/`; with the query. */
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** Sent as it is; an object is sent as JSON. */
  readonly body?: unknown;
  /** The `server` of a {@link RouteRequest}; the first server by default. */
  readonly server?: string;
  /** 30,000 by default, 300,000 at most. */
  readonly timeoutMs?: number;
}

/** Answer of `POST requests`. */
export interface HttpRequestResult {
  readonly status: number;
  readonly headers: readonly (readonly [name: string, value: string])[];
  /** At most 1 MiB of it. */
  readonly body: string;
  /** `base64` for a body that is not text. */
  readonly encoding: "text" | "base64";
  readonly isCut: boolean;
  readonly ms: number;
  /** The executions that it started. */
  readonly executions: readonly string[];
  /** The same request from the terminal. */
  readonly command: string;
}

/** Body of `POST executions/<id>/test`. */
export interface SaveTestRequest {
  /** A name for the test case; made from the resource by default. */
  readonly name?: string;
  /**
   * The path of the file from the folder of the app, such as `tests/greets.test.yaml`; made from the
   * name by default. The file must not exist, and must be in that folder.
   */
  readonly file?: string;
  /** True to be shown the test without writing it. */
  readonly preview?: boolean;
}

/** Answer of `POST executions/<id>/test`. */
export interface SavedTest {
  /** The name of the test case. */
  readonly name: string;
  /** The path of the file from the folder of the app. */
  readonly fileName: string;
  /** A `Test.Case` that executes the resource and expects the same outcome. */
  readonly yaml: string;
  /** The path of the file that was written, as the terminal shows it. */
  readonly path?: string;
}
