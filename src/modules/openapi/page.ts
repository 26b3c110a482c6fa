/** The page that shows an OpenAPI document, with RapiDoc, which is part of the program. */

/** Loads the script of RapiDoc, compressed. */
export async function loadScript(): Promise<Uint8Array<ArrayBuffer>> {
  const { RAPIDOC_GZIP_BASE64 } = await import("./rapidoc.ts");
  const text = atob(RAPIDOC_GZIP_BASE64);
  const bytes = new Uint8Array(text.length);
  for (let index = 0; index < text.length; index++) bytes[index] = text.charCodeAt(index);
  return bytes;
}

/** The script for a client that does not accept compressed responses. */
export function decompress(bytes: Uint8Array<ArrayBuffer>): ReadableStream<Uint8Array> {
  return new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"));
}

/**
 * Nothing may be loaded from elsewhere, and no script may run that the server does not have. RapiDoc
 * writes its styles into the page.
 */
export const PAGE_HEADERS: Readonly<Record<string, string>> = {
  "content-type": "text/html; charset=utf-8",
  "content-security-policy": "default-src 'none'; script-src 'self'; style-src 'unsafe-inline'; " +
    "connect-src 'self'; img-src 'self' data:; base-uri 'none'; form-action 'none'; " +
    "frame-ancestors 'none'",
  "x-content-type-options": "nosniff",
  "referrer-policy": "no-referrer",
};

/** What a page is made of. */
export interface PageOptions {
  readonly title: string;
  readonly scriptUrl: string;
  readonly documentUrl: string;
  /** True to show how clients prove who they are. */
  readonly hasSecurity: boolean;
}

/** The HTML of the page. */
export function pageHtml(
  { title, scriptUrl, documentUrl, hasSecurity }: PageOptions,
): string {
  return `<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8">
    <meta name="viewport" content="width=device-width, initial-scale=1">
    <link rel="icon" href="data:,">
    <title>${escape(title)}</title>
    <script type="module" src="${escape(scriptUrl)}"></script>
  </head>
  <body>
    <rapi-doc
      spec-url="${escape(documentUrl)}"
      load-fonts="false"
      regular-font="system-ui, sans-serif"
      mono-font="ui-monospace, monospace"
      render-style="read"
      show-header="false"
      allow-authentication="${hasSecurity}"
      allow-server-selection="false"
      allow-spec-url-load="false"
      allow-spec-file-load="false"
      schema-style="table"
      theme="light"
    ></rapi-doc>
  </body>
</html>
`;
}

function escape(text: string): string {
  return text.replaceAll(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}
