/** Web origins, as browsers send them and manifests list them. */

/** What is wrong with an entry of a list of origins; `undefined` if it is one. */
export function originProblem(
  origin: string,
): { readonly message: string; readonly help: string } | undefined {
  const near = originOf(origin);
  if (near === origin.toLowerCase()) return undefined;
  return {
    message: `"${origin}" is not an origin`,
    help: near === undefined
      ? "Write the scheme and the host, such as https://shop.example.com"
      : `Did you mean "${near}"?`,
  };
}

/** The origin of a URL. */
function originOf(text: string): string | undefined {
  const { origin } = URL.canParse(text) ? new URL(text) : { origin: "null" };
  return origin === "null" ? undefined : origin;
}
