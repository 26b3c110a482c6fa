/** The frame of the page: which app it is, the views, and whether the page is connected. */
import type { JSX } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import { formatAge } from "./format.ts";
import { live } from "./live.ts";
import { linkTo, parseRoute, type Route } from "./router.ts";
import { useStore } from "./store.ts";
import { currentTheme, nextTheme } from "./theme.ts";
import { Help } from "./ui/help.tsx";
import { Navigation, VIEWS } from "./ui/navigation.tsx";
import { ProblemBox } from "./ui/problem.tsx";
import { EventsView } from "./views/events.tsx";
import { ExecutionView } from "./views/execution.tsx";
import { ExecutionsView } from "./views/executions.tsx";
import { GraphView } from "./views/graph.tsx";
import { ReloadsView } from "./views/reloads.tsx";
import { ResourceView } from "./views/resource.tsx";
import { ResourcesView } from "./views/resources.tsx";
import { StateView } from "./views/state.tsx";
import { TryView } from "./views/try.tsx";

/** The page. */
export function App(): JSX.Element {
  const [route, setRoute] = useState(() => parseRoute(location.hash));
  const [showHelp, setShowHelp] = useState(false);
  useStore(live.appStore);
  const main = useRef<HTMLElement>(null);

  useEffect(() => {
    const onHash = () => {
      setRoute(parseRoute(location.hash));
      main.current?.scrollTo(0, 0);
    };
    const onKey = (event: KeyboardEvent) => handleKey(event, setShowHelp);
    addEventListener("hashchange", onHash);
    addEventListener("keydown", onKey);
    return () => {
      removeEventListener("hashchange", onHash);
      removeEventListener("keydown", onKey);
    };
  }, []);

  const title = VIEWS.find(([view]) => view === route.view)?.[1] ?? "Not found";
  useEffect(() => {
    document.title = [route.subject, title, live.app?.name ?? "Digly"].filter(Boolean).join(" · ");
  }, [title, route.subject, live.app?.name]);

  return (
    <>
      <a class="skip" href="#main" onClick={(event) => focusMain(event, main.current)}>
        Skip to the content
      </a>
      <header class="top">
        <AppTitle />
        <Navigation current={route.view} />
        <Tools onHelp={() => setShowHelp(true)} />
      </header>
      <Banner />
      <main ref={main} id="main" tabIndex={-1} aria-label={title} data-view={route.view}>
        <View route={route} />
      </main>
      {showHelp && <Help onClose={() => setShowHelp(false)} />}
    </>
  );
}

function View({ route: { view, subject, params } }: { readonly route: Route }): JSX.Element {
  switch (view) {
    case "graph":
      return <GraphView params={params} />;
    case "resources":
      return subject === undefined
        ? <ResourcesView />
        : <ResourceView key={subject} urn={subject} />;
    case "executions":
      return subject === undefined
        ? <ExecutionsView params={params} />
        : <ExecutionView key={subject} id={subject} />;
    case "try":
      return <TryView key={subject} urn={subject} route={params["route"]} from={params["from"]} />;
    case "events":
      return <EventsView key={JSON.stringify(params)} params={params} />;
    case "state":
      return <StateView />;
    case "reloads":
      return <ReloadsView />;
    default:
      return (
        <p class="empty">
          There is no view “{view}”. <a href={linkTo("graph")}>Go to the graph</a>
        </p>
      );
  }
}

function AppTitle(): JSX.Element {
  const { app } = live;
  const details = app && [
    app.version,
    `${app.host.name} ${app.host.version}`,
    `Digly ${app.digly}`,
    app.roles === undefined ? undefined : `roles: ${app.roles.join(", ")}`,
    app.node,
  ].filter(Boolean).join(" · ");
  return (
    <div class="app-title" title={details}>
      <strong>{app?.name ?? "Digly inspector"}</strong>
      {app && (
        <span class={`badge app-${app.state}`}>
          {app.state}
          {app.state === "started" && app.startedAt !== undefined &&
            <span class="wide">{` ${formatAge(app.startedAt)} ago`}</span>}
        </span>
      )}
      {app && <span class="dim wide">generation {app.generation}</span>}
    </div>
  );
}

function Tools({ onHelp }: { readonly onHelp: () => void }): JSX.Element {
  const [theme, setTheme] = useState(currentTheme);
  return (
    <div class="tools">
      <span
        class={`connection ${live.connection}`}
        role="status"
        title={`The connection to the app: ${live.connection}`}
      >
        {live.connection === "open" ? "live" : live.connection}
      </span>
      <button
        type="button"
        onClick={() => setTheme(nextTheme())}
        title="Light, dark, or as the system"
      >
        {theme === "auto" ? "Auto" : theme === "light" ? "Light" : "Dark"}
      </button>
      <button type="button" onClick={onHelp} title="Keys (?)" aria-label="Keys">?</button>
    </div>
  );
}

/** What keeps the page from showing the app as it is. */
function Banner(): JSX.Element | null {
  if (live.connection === "refused") {
    return (
      <div class="banner bad" role="alert">
        The token of this page is not valid. Open the address that <code>digly</code>{" "}
        printed when it started; each start has a new token.
      </div>
    );
  }
  if (live.connection === "lost") {
    return (
      <div class="banner bad" role="alert">
        The app has stopped or cannot be reached. What you see is how it was; the page connects
        again by itself.
      </div>
    );
  }
  if (live.app?.state === "failed" && live.app.error !== undefined) {
    return (
      <div class="banner bad" role="alert">
        <ProblemBox problem={live.app.error} />
      </div>
    );
  }
  return null;
}

/** The keys that work everywhere but in fields. */
function handleKey(event: KeyboardEvent, setShowHelp: (show: boolean) => void): void {
  const target = event.target as HTMLElement;
  const inField = target.matches("input, select, textarea");
  if (event.ctrlKey || event.metaKey || event.altKey || document.querySelector("dialog") !== null) {
    return;
  }
  if (event.key === "Escape" && inField) target.blur();
  if (inField) return;
  const view = VIEWS[Number(event.key) - 1];
  if (view !== undefined) location.hash = linkTo(view[0]);
  else if (event.key === "?") setShowHelp(true);
  else if (event.key === "Backspace") history.back();
  else if (event.key === "/") {
    const search = document.querySelector<HTMLInputElement>("main input[type=search]");
    if (search === null) return;
    search.focus();
    search.select();
  } else return;
  event.preventDefault();
}

/** The link would change the fragment, which names the view. */
function focusMain(event: Event, main: HTMLElement | null): void {
  event.preventDefault();
  main?.focus();
}
