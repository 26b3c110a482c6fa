import type { Diagnostics } from "../contract/diagnostics.ts";
import { fail } from "../contract/errors.ts";
import { isMap } from "../contract/resource.ts";
import type { CompiledDocument } from "../contract/source.ts";

export function checkResourceShape(
  document: CompiledDocument,
  diagnostics: Diagnostics,
): { kind: string; name: string } | undefined {
  const { value } = document;
  const metadata = isMap(value) ? value["metadata"] : undefined;
  const kind = isMap(value) ? value["kind"] : undefined;
  const name = isMap(metadata) ? metadata["name"] : undefined;
  if (typeof kind === "string" && typeof name === "string") return { kind, name };
  diagnostics.error(
    fail("ERR_MANIFEST_INVALID", { problem: "kind and metadata.name" }, {
      origin: document.originAt([]),
    }),
  );
  return undefined;
}
