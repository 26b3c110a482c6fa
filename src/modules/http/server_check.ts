/** Checks `Http.Server`: hosts, mounts, and conflicting routes on one address. */
import type { CheckContext, RuntimeResource } from "../../contract/author.ts";
import { isNetwork } from "./client_ip.ts";
import { isHostEntry } from "./hosts.ts";
import { timeoutsOf } from "./limits.ts";
import { checkConflicts } from "./mount_check.ts";
import { declareReach } from "./reach_check.ts";
import type { ServerFields } from "./resources.ts";
import { mountablesOf, routesOf } from "./routes.ts";
import type { TlsFields } from "./tls.ts";

type Server = RuntimeResource<ServerFields>;

/** Checks a server on its own, and against previous servers with the same address. */
export async function check(server: Server, ctx: CheckContext): Promise<void> {
  checkHosts(server, ctx);
  checkTrustProxy(server, ctx);
  const mountables = mountablesOf(
    ["Http.Route", "Http.Api"].flatMap((kind) => ctx.resourcesOf(kind)),
  );
  routesOf(server, mountables, ({ mount, path, problem }) => {
    const at = mount === undefined ? [] : ["mounts", mount, "path"];
    ctx.report(ctx.problem(at, `the path "${path}" ${problem}`));
  });
  checkTimeouts(server, ctx);
  if (server.tls !== undefined) {
    const { checkTls } = await import("./tls_files.ts");
    checkTls(server.tls, ctx);
  }
  checkSameTls(server, ctx);
  const others = serversBefore(server, ctx);
  ctx.whenOffered("Http.Mount", (offers) => {
    checkConflicts(server, others, mountables, offers, ctx);
    declareReach(server, mountables, offers, ctx);
  });
}

function checkHosts({ hosts }: Server, ctx: CheckContext): void {
  for (const [index, entry] of (hosts ?? []).entries()) {
    if (isHostEntry(entry)) continue;
    ctx.report(ctx.problem(["hosts", index], `"${entry}" is not a host name`, {
      help:
        "Write it without scheme, port and path, such as `example.com`, or `*.example.com` to " +
        "match one more label",
    }));
  }
}

function checkTrustProxy({ trustProxy }: Server, ctx: CheckContext): void {
  if (!Array.isArray(trustProxy)) return;
  for (const [index, entry] of (trustProxy as readonly string[]).entries()) {
    if (isNetwork(entry)) continue;
    ctx.report(ctx.problem(["trustProxy", index], `"${entry}" is not an address or a network`, {
      help: "Write an IP address, such as 10.0.0.1, or a network, such as 10.0.0.0/8",
    }));
  }
}

/** Previous servers at the same address. */
function serversBefore(server: Server, ctx: CheckContext): Server[] {
  const servers = ctx.resourcesOf("Http.Server") as readonly Server[];
  return servers.slice(0, servers.indexOf(server)).filter(({ host, port }) =>
    port !== 0 && port === server.port && host === server.host
  );
}

/** Timeouts of connections, which are chosen before it is known which server a request is for. */
const CONNECTION_TIMEOUTS = ["header", "idle"] as const;

/** Reports a timeout of connections that differs from that of the first server at the address. */
function checkTimeouts(server: Server, ctx: CheckContext): void {
  const [first] = serversBefore(server, ctx);
  if (first === undefined) return;
  const [one, other] = [timeoutsOf(first), timeoutsOf(server)];
  const urn = `${first.kind}.${first.metadata.name}`;
  for (const name of CONNECTION_TIMEOUTS) {
    if (one[name] === other[name]) continue;
    ctx.report(ctx.problem(
      ["timeouts", name],
      `\`timeouts.${name}\` is ${
        server.timeouts[name]
      }, and that of ${urn} at the same address is ` +
        `${first.timeouts[name]}`,
      {
        help: "Give both the same value: servers at one address share its connections",
        related: [{ resource: urn, at: ["timeouts", name], message: `the one of ${urn}` }],
      },
    ));
  }
}

/** Reports `tls` that differs from that of the first server at the address. */
function checkSameTls(server: Server, ctx: CheckContext): void {
  const [first] = serversBefore(server, ctx);
  if (first === undefined || isSameTls(first.tls, server.tls)) return;
  const urn = `${first.kind}.${first.metadata.name}`;
  const at = server.tls === undefined ? ["port"] : ["tls"];
  ctx.report(ctx.problem(at, `${urn} at the same address has another \`tls\``, {
    help: "Give both the same: servers at one address share its connections",
    related: [{
      resource: urn,
      at: first.tls === undefined ? ["port"] : ["tls"],
      message: `the one of ${urn}`,
    }],
  }));
}

function isSameTls(one: TlsFields | undefined, other: TlsFields | undefined): boolean {
  return one?.cert === other?.cert && one?.key === other?.key && one?.ca === other?.ca;
}
