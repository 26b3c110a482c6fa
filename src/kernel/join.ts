/** Joins the other processes of an app; what that takes is loaded only in a process with a role. */
import { type DiglyError, fail } from "../contract/errors.ts";
import type { ControllerEntry } from "../contract/manifest.ts";
import type { RemoteSide, RemoteSideOptions } from "./remote_side.ts";

/** The other processes, which are not connected yet; `undefined` for a process without a role. */
export async function join(
  options: Omit<RemoteSideOptions, "placement">,
  chosen: ReadonlyMap<string, ControllerEntry>,
): Promise<RemoteSide | undefined> {
  const { placement } = options.app.local;
  if (placement === undefined || !placement.connects) return undefined;
  const { createRemoteSide } = await import("./remote_side.ts");
  return await createRemoteSide({ ...options, placement }, chosen);
}

/** The error for reloading a process with a role: the other nodes would be of another generation. */
export function notReloaded(): DiglyError {
  return fail("ERR_USAGE", { problem: "A process with a role cannot be reloaded" }, {
    help: "Restart it, one node after the other, with `skew: allow`; or run the app without a role",
  });
}
