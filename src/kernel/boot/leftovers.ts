/** What to say of resources that no controller took. Rules: decision D-19. */

/** As many are named one by one; the error's details name them all. */
const MOST_LINES = 50;

/** One line for each resource, `reason` in brackets behind it. */
export function leftoverLines(urns: readonly string[], reason?: string): string {
  const why = reason === undefined ? "" : ` (${reason})`;
  const lines = urns.slice(0, MOST_LINES)
    .map((urn) => `No controller found for resource: ${urn}${why}`);
  const more = urns.length - lines.length;
  if (more > 0) lines.push(`… and for ${more} more`);
  return lines.join("\n");
}
