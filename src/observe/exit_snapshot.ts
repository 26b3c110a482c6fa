/** The snapshot that is written when an app stops or its process exits. */
import { messageOf } from "../contract/errors.ts";
import type { LogLevel } from "../contract/log.ts";
import type { Platform } from "../contract/platform.ts";
import { snapshotNow, type SnapshotParts, takeSnapshot, writeSnapshot } from "./snapshot.ts";

/** The exit snapshot of a kernel. */
export interface ExitSnapshot {
  /** Takes it at the beginning of a stop; resolves when it is written or has failed. */
  take(reason: string, limitMs: number): Promise<void>;
}

/** Options of {@link createExitSnapshot}. */
export interface ExitSnapshotParts {
  /** Where to write it. */
  readonly path: string;
  readonly platform: Platform;
  readonly parts: (reason: string) => SnapshotParts;
  readonly log: (level: LogLevel, message: string) => void;
}

const INCOMPLETE = "The process ended before the runtime had stopped: " +
  "custom snapshot() data is missing";

/** Registers for the exit of the process, which may come without a stop. */
export function createExitSnapshot(
  { path, platform, parts, log }: ExitSnapshotParts,
): ExitSnapshot {
  const place = platform.toPath(platform.toUrl(path));
  const removeListener = platform.onExit(() => {
    try {
      writeSnapshot(snapshotNow(parts("the process ended"), INCOMPLETE), path, platform);
      log("warn", `${INCOMPLETE} from ${place}`);
    } catch (error) {
      log("error", messageOf(error));
    }
  });
  return {
    async take(reason, limitMs) {
      try {
        writeSnapshot(await takeSnapshot(parts(reason), limitMs), path, platform);
        log("info", `Snapshot written to ${place}`);
      } catch (error) {
        log("error", messageOf(error));
      } finally {
        removeListener();
      }
    },
  };
}
