/** Watching a folder through `node:fs`, which Node, Bun and Deno share. */
import { watch } from "node:fs";
import { fileURLToPath } from "node:url";

/** Calls `listener` with the name of each entry that changes; returns a function that stops. */
export function watchFolder(
  url: string,
  listener: (name: string | undefined) => void,
): () => void {
  const watcher = watch(fileURLToPath(url), { persistent: false }, (_event, name) => {
    listener(name ?? undefined);
  });
  // A folder that is removed ends its watcher; the folder above it reports that.
  watcher.on("error", () => listener(undefined));
  return () => watcher.close();
}
