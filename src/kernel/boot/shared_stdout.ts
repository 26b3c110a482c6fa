/** Standard output as controllers see it: a resource can take it for a protocol of its own. */
import type { ControllerContext } from "../../contract/contexts.ts";
import type { Platform } from "../../contract/platform.ts";

/** Makes the output; once it is taken, what others write goes to standard error. */
export function sharedStdout(
  { stdout, stderr }: Pick<Platform, "stdout" | "stderr">,
): ControllerContext["stdout"] {
  let isClaimed = false;
  return {
    write: (text) => (isClaimed ? stderr : stdout).write(text),
    claim() {
      isClaimed = true;
      return (text) => stdout.write(text);
    },
  };
}
