/** Credentials in the `authorization` header. */

/** Longer values are not looked at; no client sends them. */
const MAX_LENGTH = 16 * 1024;

/** The credentials of a request for this scheme; `undefined` without them. */
export function credentialsOf(request: Request, scheme: "Bearer" | "Basic"): string | undefined {
  const header = request.headers.get("authorization");
  if (header === null || header.length > MAX_LENGTH) return undefined;
  const space = header.indexOf(" ");
  if (space === -1 || header.slice(0, space).toLowerCase() !== scheme.toLowerCase()) {
    return undefined;
  }
  return header.slice(space + 1).trim();
}

/** The user and the password of Basic credentials; `undefined` if they are malformed. */
export function parseBasic(
  credentials: string,
): { readonly name: string; readonly password: string } | undefined {
  let text;
  try {
    const bytes = Uint8Array.from(atob(credentials), (character) => character.charCodeAt(0));
    text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return undefined;
  }
  const colon = text.indexOf(":");
  return colon === -1 ? undefined : { name: text.slice(0, colon), password: text.slice(colon + 1) };
}
