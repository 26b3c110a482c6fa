/** Reads manifest files. Rules: decision D-30. */
import { fail } from "../contract/errors.ts";
import type { Limits } from "../contract/limits.ts";
import type { Files } from "../contract/platform.ts";
import type { SourceText } from "../contract/source.ts";

/** Reads the text at `url`. Throws `ERR_MANIFEST_INVALID` or `ERR_LIMIT_EXCEEDED`. */
export function readSource(
  url: string,
  files: Files,
  about: { readonly module: string; readonly root: string; readonly limits: Limits },
): SourceText {
  const bytes = files.readBytes(url);
  if (bytes.length > about.limits.manifestBytes) {
    throw fail("ERR_LIMIT_EXCEEDED", { problem: `${url} is too large`, limit: "manifestBytes" });
  }
  const text = new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  return { url, text, module: about.module, root: about.root };
}
