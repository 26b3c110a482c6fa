/** Checks `once` of a schedule. */
import type { CheckContext } from "../../contract/author.ts";
import type { ScheduleFields } from "./fields.ts";

/** Reports a schedule that should run once in a cluster that is none. */
export function checkOnce({ once }: ScheduleFields, ctx: CheckContext): void {
  if (once !== "cluster" || ctx.urns().some((urn) => urn.startsWith("Cluster.Nats."))) return;
  ctx.report(
    ctx.problem(["once"], "the app has no Cluster.Nats, so its processes do not know each other", {
      help: "Import digly:cluster and add a Cluster.Nats, or remove `once`",
    }),
  );
}
