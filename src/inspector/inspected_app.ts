/** What the views and actions of the inspector work with. */
import type { Platform } from "../contract/platform.ts";
import type { Redact } from "./capture.ts";
import type { Executions } from "./executions.ts";
import type { History } from "./history.ts";
import type { Places } from "./places.ts";
import type { Recorder } from "./recorder.ts";
import type { Recording } from "./recording.ts";
import type { Run } from "./running.ts";

/** An app that is inspected. */
export interface InspectedApp {
  /** The latest run of the app in this process. */
  readonly run: Run;
  readonly recorder: Recorder;
  readonly executions: Executions;
  readonly history: History;
  readonly places: Places;
  readonly platform: Platform;
  readonly redact: Redact;
  /** Milliseconds of a clock that only goes forward. */
  readonly now: () => number;
  /** What the user has typed to run it, such as `runtime.yaml`. */
  readonly path: string;
  /** Adds what other processes of the app have recorded of an execution. */
  readonly completeRecording: (recording: Recording) => Promise<void>;
}
