/** The help for a URN that names nothing. */
import { parseUrn } from "../contract/urn.ts";
import { didYouMeanUrn } from "./nearest.ts";

/** More names than that are of no help. */
const MOST_NAMES = 5;

/**
 * The nearest of `urns`, or those of the same kind. With `mayRegister`, the app has not started, and
 * a controller may register the resource when it does.
 */
export function unknownResourceHelp(
  urn: string,
  urns: Iterable<string>,
  mayRegister: boolean,
): string {
  const all = [...urns];
  const near = didYouMeanUrn(urn, all);
  if (near !== undefined) return near;
  if (mayRegister) {
    return "No manifest has it. If a controller registers it, it exists only while the app runs: execute it " +
      "from another resource, or in the inspector of `digly run --inspect`";
  }
  const kind = parseUrn(urn)?.kind;
  return kind === undefined ? "Write its kind and its name: `Kind.Name`" : describeKind(kind, all);
}

/** The resources of a kind. */
function describeKind(kind: string, urns: readonly string[]): string {
  const names = urns.flatMap((urn) => {
    const parsed = parseUrn(urn);
    return parsed?.kind === kind ? [parsed.name] : [];
  });
  if (names.length === 0) return `No manifest has a resource of the kind ${kind}`;
  const more = names.length > MOST_NAMES ? ` and ${names.length - MOST_NAMES} more` : "";
  return `Resources of the kind ${kind}: ${names.slice(0, MOST_NAMES).join(", ")}${more}`;
}
