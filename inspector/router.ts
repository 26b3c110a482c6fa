/** Which view the page shows, as the fragment of its address: links work, and so does "back". */

/** A view and what it shows. */
export interface Route {
  readonly view: string;
  /** What the view is about, such as a URN or the id of an execution. */
  readonly subject: string | undefined;
  readonly params: Readonly<Record<string, string>>;
}

/** `#/executions/4f?replay=1` as a route. */
export function parseRoute(hash: string): Route {
  const [path = "", query = ""] = hash.replace(/^#\/?/, "").split("?", 2);
  const slash = path.indexOf("/");
  const view = slash < 0 ? path : path.slice(0, slash);
  const subject = slash < 0 ? undefined : decode(path.slice(slash + 1));
  return {
    view: view === "" ? "graph" : view,
    subject: subject === "" ? undefined : subject,
    params: Object.fromEntries(new URLSearchParams(query)),
  };
}

/** The fragment of a view. */
export function linkTo(
  view: string,
  subject?: string,
  params: Readonly<Record<string, string | undefined>> = {},
): string {
  const entries = Object.entries(params).filter((entry): entry is [string, string] =>
    entry[1] !== undefined && entry[1] !== ""
  );
  const query = new URLSearchParams(entries).toString();
  return `#/${view}${subject === undefined ? "" : `/${encodeURIComponent(subject)}`}${
    query === "" ? "" : `?${query}`
  }`;
}

/** Text that is not a valid encoding, which people can type, is taken as it is. */
function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
