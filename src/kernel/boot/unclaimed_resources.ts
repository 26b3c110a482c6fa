/** The message about resources that no controller created. */

/** More than this are only counted; the error's details list them all. */
const MAX_LINES = 50;

/** A resource that was not created, and why. */
export interface UnclaimedResource {
  readonly urn: string;
  readonly reason?: string;
}

/** One line per resource, followed by its reason in parentheses. */
export function formatUnclaimedResources(resources: readonly UnclaimedResource[]): string {
  const lines = resources.slice(0, MAX_LINES).map(({ urn, reason }) =>
    `No controller found for resource: ${urn}${reason === undefined ? "" : ` (${reason})`}`
  );
  const more = resources.length - lines.length;
  if (more > 0) lines.push(`… and ${more} more`);
  return lines.join("\n");
}
