/** What a NATS server says before anything else, to find out why it does not let a process in. */
import { connect } from "node:net";

/** How long the greeting is waited for, and how much of it is read. */
const GREETING_MS = 5_000;
const MOST_CHARACTERS = 1 << 16;

/** The part of the greeting that explains a failure. */
export interface NatsGreeting {
  /** True for a server that only lets in whoever has a certificate. */
  readonly tls_verify?: boolean;
}

/** The greeting of a server, such as `tls://host:4222`; `undefined` if there is none. */
export function readGreeting(server: string): Promise<NatsGreeting | undefined> {
  return new Promise((resolve) => {
    const { hostname, port } = new URL(/:\/\//.test(server) ? server : `nats://${server}`);
    const socket = connect(Number(port || 4222), hostname.replace(/^\[|\]$/g, ""));
    let text = "";
    const end = (greeting?: NatsGreeting) => {
      socket.destroy();
      resolve(greeting);
    };
    socket.setTimeout(GREETING_MS, end);
    socket.setEncoding("utf8").on("data", (part: string) => {
      text += part;
      const info = /^INFO (\{.*\})\s*\r?\n/.exec(text)?.[1];
      if (info !== undefined) end(parsed(info));
      else if (text.length > MOST_CHARACTERS) end();
    });
    socket.on("error", () => end());
    socket.on("close", () => resolve(undefined));
  });
}

function parsed(info: string): NatsGreeting | undefined {
  try {
    return JSON.parse(info) as NatsGreeting;
  } catch {
    return undefined;
  }
}
