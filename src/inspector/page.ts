/** The page of the inspector. */
import type { PageFile } from "./server.ts";
import { ownValue } from "../contract/own_key.ts";

/**
 * What the page may do. It has no inline script or style and loads nothing from elsewhere; the icon
 * is a `data:` URL, and so is a test that is downloaded.
 */
const POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "worker-src 'self'",
  "connect-src 'self'",
  "img-src data:",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join("; ");

/** The file of the page at a path; `undefined` if there is none. */
export async function pageFile(path: string): Promise<PageFile | undefined> {
  const { INSPECTOR_PAGE } = await import("../generated/inspector_page.ts");
  const file = ownValue(INSPECTOR_PAGE, path);
  return file && { ...file, policy: POLICY };
}
