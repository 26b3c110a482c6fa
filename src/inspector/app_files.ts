/** Files of an app as its processes call them to each other: they may be in different folders. */
import type { Platform } from "../contract/platform.ts";
import type { Places } from "./places.ts";

/** Begins the path of a file from the folder of the app. */
const IN_APP = "./";

/** Translates files of places. */
export interface AppFiles {
  /** The file of a place of this process, as other processes understand it. */
  toShared(file: string): string;
  /** The file of a place of another process, as this one shows it. */
  fromShared(file: string): string;
}

/** Creates the translation; `manifest` is the URL of the app's manifest in this process. */
export function createAppFiles(
  manifest: string,
  { toUrl, toPath }: Pick<Platform, "toPath" | "toUrl">,
  places: Places,
): AppFiles {
  const folder = new URL(".", manifest).href;
  return {
    toShared(file) {
      if (file === "" || /^https?:/i.test(file)) return file;
      const url = toUrl(file);
      return url.startsWith(folder) ? IN_APP + url.slice(folder.length) : file;
    },
    fromShared(file) {
      if (!file.startsWith(IN_APP) || !folder.startsWith("file:")) return file;
      return places.file(toPath(new URL(file, folder).href));
    },
  };
}
