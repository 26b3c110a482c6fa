/** What to type in a terminal to do the same as the page. */

/** Text as one word of a POSIX shell. */
export function shellWord(text: string): string {
  return /^[\w./:@%+=,-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`;
}

/** `digly exec` for an execution; the app is the one in the current folder. */
export function execCommand(urn: string, input: unknown): string {
  const words = ["digly", "exec", ".", shellWord(urn)];
  if (input !== undefined) words.push("--input", shellWord(JSON.stringify(input)));
  return words.join(" ");
}

/** A request, as the form has it. */
export interface RequestParts {
  readonly method: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | undefined;
}

/** `curl` for a request to a server. */
export function curlCommand(server: string, { method, path, headers, body }: RequestParts): string {
  const words = ["curl"];
  if (method !== (body === undefined ? "GET" : "POST")) words.push("-X", shellWord(method));
  for (const [name, value] of Object.entries(headers)) {
    words.push("-H", shellWord(`${name}: ${value}`));
  }
  if (body !== undefined) words.push("--data-raw", shellWord(body));
  words.push(shellWord(server.replace(/\/$/, "") + path));
  return words.join(" ");
}

/** A parameter of a path: `:name` as a segment, or `*` as the last one. */
const PARAMETER = /(?<=\/):(\w+)(?=\/|$)|(?<=\/)\*$/g;

/** The names of the parameters of a path: `/orders/:id/*?all=1` has `id` and `*`. */
export function pathParameters(path: string): readonly string[] {
  const [place = ""] = path.split("?", 1);
  return Array.from(place.matchAll(PARAMETER), ([all, name]) => name ?? all);
}

/** A path with the values of its parameters; those without a value stay. */
export function fillPath(path: string, values: Readonly<Record<string, string>>): string {
  const [place = ""] = path.split("?", 1);
  const filled = place.replace(
    PARAMETER,
    (all, name: string | undefined) =>
      name === undefined
        ? (values["*"] ?? "").split("/").map(encodeURIComponent).join("/")
        : encodeURIComponent(values[name] ?? "") || all,
  );
  return filled + path.slice(place.length);
}

/** The query of a request; lists are repeated parameters. `isMore` if the path has a query already. */
export function queryText(values: unknown, isMore: boolean): string {
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(values ?? {})) {
    for (const item of Array.isArray(value) ? value : [value]) {
      query.append(name, typeof item === "string" ? item : JSON.stringify(item));
    }
  }
  const text = query.toString();
  return text === "" ? "" : `${isMore ? "&" : "?"}${text}`;
}
