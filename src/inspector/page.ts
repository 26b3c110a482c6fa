/** The page of the inspector. */
import type { PageFile } from "./server.ts";

const PLAIN = `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<title>Digly inspector</title>
<p>This build has no page. The API is at <a href="/api/v1/app">/api/v1/app</a>.
</html>
`;

/** The file of the page at a path; `undefined` if there is none. */
export function pageFile(path: string): Promise<PageFile | undefined> {
  return Promise.resolve(
    path === "/" ? { type: "text/html; charset=utf-8", text: PLAIN } : undefined,
  );
}
