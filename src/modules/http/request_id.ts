/** `Http.RequestId`: an id for every request. */
import type { HttpMiddleware, ResourceInstance, RuntimeResource } from "../../contract/author.ts";

/** What an id of a client may look like, so that it can be logged and sent on. */
const WELL_FORMED = /^[\w.:+/=@-]{1,128}$/;

/** Keeps a well-formed id of the client, or makes a new one. */
export function create(
  { header }: RuntimeResource<{ readonly header: string }>,
): ResourceInstance<HttpMiddleware> {
  return {
    api: {
      runsWhenBusy: true,
      async middleware(request, next) {
        const given = request.headers.get(header) ?? "";
        const id = WELL_FORMED.test(given) ? given : crypto.randomUUID();
        const response = await next({ id });
        response.headers.set(header, id);
        return response;
      },
    },
  };
}
