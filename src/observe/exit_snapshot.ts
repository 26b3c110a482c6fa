/**
 * The snapshot that is written when an app ends, however it ends.
 * Rules: decisions D-29 and D-38.
 */
import { messageOf } from "../contract/errors.ts";
import type { LogLevel } from "../contract/log.ts";
import type { Platform } from "../contract/platform.ts";
import { snapshotNow, type SnapshotParts, takeSnapshot, writeSnapshot } from "./snapshot.ts";

/** The snapshot of one kernel's end. */
export interface ExitSnapshot {
  /** Takes it at the beginning of a stop; resolves when it is written or cannot be. */
  take(reason: string, limitMs: number): Promise<void>;
}

/** What it needs of the kernel. */
export interface ExitSnapshotParts {
  /** Where to write it. */
  readonly path: string;
  readonly platform: Platform;
  readonly parts: (reason: string) => SnapshotParts;
  readonly say: (level: LogLevel, message: string) => void;
}

const INCOMPLETE = "The process was ended before the runtime had stopped: " +
  "custom snapshot() data is missing";

/** From now on one is written when the process is ended by whomever. */
export function createExitSnapshot(
  { path, platform, parts, say }: ExitSnapshotParts,
): ExitSnapshot {
  const place = platform.toPath(platform.toUrl(path));
  const unwatch = platform.onExit(() => {
    try {
      writeSnapshot(snapshotNow(parts("the process was ended"), INCOMPLETE), path, platform);
      say("warn", `${INCOMPLETE} from ${place}`);
    } catch (error) {
      say("error", messageOf(error));
    }
  });
  return {
    async take(reason, limitMs) {
      try {
        writeSnapshot(await takeSnapshot(parts(reason), limitMs), path, platform);
        say("info", `Snapshot written to ${place}`);
      } catch (error) {
        say("error", messageOf(error));
      } finally {
        unwatch();
      }
    },
  };
}
