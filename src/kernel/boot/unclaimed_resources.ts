/** The message about resources that no controller created. */

/** More than this are only counted; the error's details list them all. */
const MAX_LINES = 50;

/** One line per resource, followed by `reason` in parentheses. */
export function formatUnclaimedResources(urns: readonly string[], reason?: string): string {
  const suffix = reason === undefined ? "" : ` (${reason})`;
  const lines = urns.slice(0, MAX_LINES)
    .map((urn) => `No controller found for resource: ${urn}${suffix}`);
  const more = urns.length - lines.length;
  if (more > 0) lines.push(`… and ${more} more`);
  return lines.join("\n");
}
