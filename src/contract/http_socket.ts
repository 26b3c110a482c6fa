/** What an `Http.Socket` provides to other resources. */
import type { HttpMount } from "./http_mount.ts";

/**
 * The `api` of an `Http.Socket`, for resources that name it in a `digly:ready` field. Messages are
 * text or bytes, or with `format: json` whatever JSON can hold. Clients that have gone are passed over.
 *
 * @example
 * const room = ctx.use<HttpSocketApi>("Http.Socket.Room");
 * room.publish("news", { text: "Hello" });
 * for await (const message of room.listen("news")) ctx.log.info("Heard", { message });
 */
export interface HttpSocketApi extends HttpMount {
  /** Sends a message to one client, by the id that expressions see as `socket.id`. */
  send(id: string, message: unknown): void;
  /** Sends a message to the clients that have joined a topic, or to all clients. */
  publish(
    topic: string | undefined,
    message: unknown,
    options?: { readonly except?: string },
  ): void;
  join(id: string, topic: string): void;
  leave(id: string, topic: string): void;
  /** Disconnects a client. */
  close(id: string, code?: number, reason?: string): void;
  /** The messages that are published to a topic from now on, until the app stops. */
  listen(topic: string): AsyncIterable<unknown>;
}
