/** A change that a running app cannot take over; the message is the reason. */
export class RestartRequired extends Error {
  /** What has to start again: the app, or the process, since a runtime imports some code only once. */
  readonly scope: "app" | "process";

  constructor(reason: string, scope: "app" | "process") {
    super(reason);
    this.scope = scope;
  }
}
