/** Content types of files, by the extension of their names. */

const TEXT = "; charset=utf-8";

/** The types that IANA registers, and those that browsers expect. */
const TYPES: Readonly<Record<string, string>> = {
  "7z": "application/x-7z-compressed",
  aac: "audio/aac",
  apng: "image/apng",
  atom: `application/atom+xml${TEXT}`,
  avi: "video/x-msvideo",
  avif: "image/avif",
  bmp: "image/bmp",
  br: "application/x-brotli",
  bz2: "application/x-bzip2",
  cjs: `text/javascript${TEXT}`,
  css: `text/css${TEXT}`,
  csv: `text/csv${TEXT}`,
  doc: "application/msword",
  docx: "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
  eot: "application/vnd.ms-fontobject",
  epub: "application/epub+zip",
  flac: "audio/flac",
  geojson: "application/geo+json",
  gif: "image/gif",
  gz: "application/gzip",
  heic: "image/heic",
  htm: `text/html${TEXT}`,
  html: `text/html${TEXT}`,
  ico: "image/vnd.microsoft.icon",
  ics: `text/calendar${TEXT}`,
  jpeg: "image/jpeg",
  jpg: "image/jpeg",
  js: `text/javascript${TEXT}`,
  json: "application/json",
  jsonld: "application/ld+json",
  jxl: "image/jxl",
  m4a: "audio/mp4",
  m4v: "video/mp4",
  map: "application/json",
  md: `text/markdown${TEXT}`,
  mid: "audio/midi",
  mjs: `text/javascript${TEXT}`,
  mov: "video/quicktime",
  mp3: "audio/mpeg",
  mp4: "video/mp4",
  mpeg: "video/mpeg",
  odp: "application/vnd.oasis.opendocument.presentation",
  ods: "application/vnd.oasis.opendocument.spreadsheet",
  odt: "application/vnd.oasis.opendocument.text",
  oga: "audio/ogg",
  ogg: "audio/ogg",
  ogv: "video/ogg",
  opus: "audio/ogg",
  otf: "font/otf",
  pdf: "application/pdf",
  png: "image/png",
  ppt: "application/vnd.ms-powerpoint",
  pptx: "application/vnd.openxmlformats-officedocument.presentationml.presentation",
  rss: `application/rss+xml${TEXT}`,
  rtf: "application/rtf",
  svg: `image/svg+xml${TEXT}`,
  tar: "application/x-tar",
  tif: "image/tiff",
  tiff: "image/tiff",
  ttf: "font/ttf",
  txt: `text/plain${TEXT}`,
  vtt: `text/vtt${TEXT}`,
  wasm: "application/wasm",
  wav: "audio/wav",
  weba: "audio/webm",
  webm: "video/webm",
  webmanifest: "application/manifest+json",
  webp: "image/webp",
  woff: "font/woff",
  woff2: "font/woff2",
  xhtml: "application/xhtml+xml",
  xls: "application/vnd.ms-excel",
  xlsx: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
  xml: `application/xml${TEXT}`,
  yaml: "application/yaml",
  yml: "application/yaml",
  zip: "application/zip",
  zst: "application/zstd",
};

/** The content type of a file; that of bytes if its extension is not known. */
export function contentTypeOf(name: string): string {
  const extension = extensionOf(name);
  const isKnown = extension !== undefined && Object.hasOwn(TYPES, extension);
  return (isKnown ? TYPES[extension] : undefined) ?? "application/octet-stream";
}

/** The extension of a file name in lower case, without its dot. */
export function extensionOf(name: string): string | undefined {
  const dot = name.lastIndexOf(".");
  return dot > 0 && dot < name.length - 1 ? name.slice(dot + 1).toLowerCase() : undefined;
}
