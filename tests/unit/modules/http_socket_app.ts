/** Apps with a WebSocket. */
import type { TestContext } from "node:test";
import { openSocket } from "../../websocket.ts";
import { type Handle, route, startHttpApp } from "./http_app.ts";

/** A resource `Http.Socket.<name>` at `/s`. */
export const socket = (fields: string, name = "S"): string =>
  `---\nkind: Http.Socket\nmetadata: { name: ${name} }\npath: /s\n${fields}\n`;
/** Sends each message back. */
export const ECHO = 'onMessage: { name: Test.Handler.echo, inputs: "${{ message }}" }';

/** Starts an app with one socket. */
export const start = (
  t: TestContext,
  fields: string,
  handle?: Handle,
  mounts = "",
): ReturnType<typeof startHttpApp> =>
  startHttpApp(t, route() + socket(fields), { ...(handle && { handle }), mounts });

/** What a promise is rejected with. */
export const refusal = (url: string, protocols?: string[]): Promise<string> =>
  openSocket(url, protocols).then(() => "accepted", () => "refused");
