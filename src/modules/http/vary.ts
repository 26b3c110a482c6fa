/** The `Vary` header, which says what a response depends on. */

/** Adds the name of a request header, unless it is listed already. */
export function addVary(headers: Headers, name: string): void {
  const listed = (headers.get("vary") ?? "").toLowerCase().split(/\s*,\s*/);
  if (!listed.includes("*") && !listed.includes(name)) headers.append("vary", name);
}
