/** Checks a `Cluster.Nats` without a connection. */
import type { CheckContext, RuntimeResource } from "../../contract/author.ts";
import type { NatsFields } from "./fields.ts";

export function check(resource: RuntimeResource<NatsFields>, ctx: CheckContext): void {
  const { servers, user, password, token, credentialsFile, tls, roles } = resource;
  for (const [index, server] of servers.entries()) {
    if (typeof server !== "string" || isServer(server)) continue;
    ctx.report(ctx.problem(["servers", index], "is not the address of a server", {
      help: "Write it like nats://host:4222 or tls://host:4222",
    }));
  }
  if (user !== undefined && password === undefined) {
    ctx.report(ctx.problem(["user"], "a user needs a `password`"));
  }
  if (password !== undefined && user === undefined) {
    ctx.report(ctx.problem(["password"], "a password needs a `user`"));
  }
  const ways = [user, token, credentialsFile].filter((way) => way !== undefined);
  if (ways.length > 1) {
    ctx.report(
      ctx.problem(
        [token === undefined ? "credentialsFile" : "token"],
        "there are two ways to log in",
        {
          help: "Keep one of `user`, `token` and `credentialsFile`",
        },
      ),
    );
  }
  if ((tls?.certFile === undefined) !== (tls?.keyFile === undefined)) {
    const field = tls?.certFile === undefined ? "keyFile" : "certFile";
    ctx.report(ctx.problem(["tls", field], "`certFile` and `keyFile` go together"));
  }
  for (const [name, { runs = [], labels }] of Object.entries(roles)) {
    if (runs.length > 0 || labels !== undefined) continue;
    ctx.report(ctx.problem(["roles", name], "the role runs nothing", {
      help: 'Write `runs`, such as ["Work.*"], or `labels`',
    }));
  }
}

/** `nats://host:4222`, `tls://host`, or `host:4222`. */
function isServer(text: string): boolean {
  return /^(?:(?:nats|tls):\/\/)?(?:[^@/\s]+@)?(?:\[[\da-f:]+\]|[\w.-]+)(?::\d{1,5})?\/?$/i.test(
    text,
  );
}
