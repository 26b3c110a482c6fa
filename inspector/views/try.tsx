/** Executes a resource, or sends a request to a route. */
import type { JSX } from "preact";
import { useMemo, useState } from "preact/hooks";
import type {
  ExecutionView,
  ResourceView,
  RouteRequest,
  RoutesView,
} from "../../src/inspector/api.ts";
import { pathTo } from "../client.ts";
import { count } from "../format.ts";
import { live } from "../live.ts";
import { linkTo } from "../router.ts";
import { useStore } from "../store.ts";
import { ProblemBox } from "../ui/problem.tsx";
import { useRequest } from "../ui/use_request.ts";
import { Section } from "../ui/values.tsx";
import { ExecuteForm } from "./try_execute.tsx";
import { type InitialRequest, RequestForm } from "./try_request.tsx";

/** More resources are found by their names. */
const SHOWN = 100;

/** The choice of a resource, and its form. */
export function TryView({ urn, route, from }: {
  readonly urn: string | undefined;
  /** The method and path of a route of the resource. */
  readonly route: string | undefined;
  /** The execution to replay. */
  readonly from: string | undefined;
}): JSX.Element {
  const graphVersion = useStore(live.graphStore);
  const resources = useMemo(
    () => live.resources.filter(({ isExecutable }) => isExecutable),
    [graphVersion],
  );
  const resource = useRequest<ResourceView>(urn && pathTo("resources", urn));
  const earlier = useRequest<ExecutionView>(from && pathTo("executions", from));
  const isReady = resource.value !== undefined &&
    (from === undefined || earlier.value !== undefined || earlier.problem !== undefined);
  return (
    <div class="view pad try">
      <div class="bar flush">
        <label>
          Resource{" "}
          <input
            type="search"
            list="executable"
            placeholder="Kind.Name"
            value={urn ?? ""}
            onChange={({ currentTarget }) => {
              const chosen = currentTarget.value.trim();
              if (chosen !== urn) location.hash = linkTo("try", chosen === "" ? undefined : chosen);
            }}
          />
        </label>
        <datalist id="executable">
          {resources.map(({ urn }) => <option key={urn} value={urn} />)}
        </datalist>
        {urn !== undefined && <a href={linkTo("resources", urn)}>Show the resource</a>}
      </div>
      {resource.problem && <ProblemBox problem={resource.problem} />}
      {earlier.problem && <ProblemBox problem={earlier.problem} />}
      {urn === undefined ? <Choices /> : isReady && resource.value && (
        <Forms
          key={`${urn} ${route} ${from}`}
          resource={resource.value}
          earlier={earlier.value}
          route={route}
        />
      )}
    </div>
  );
}

/** What can be tried. */
function Choices(): JSX.Element {
  const graphVersion = useStore(live.graphStore);
  const routes = useRequest<RoutesView>("routes", { trigger: graphVersion });
  const resources = useMemo(
    () => live.resources.filter(({ isExecutable }) => isExecutable).slice(0, SHOWN),
    [graphVersion],
  );
  const shown = routes.value?.items.slice(0, SHOWN) ?? [];
  return (
    <>
      {shown.length > 0 && (
        <Section title="Send a request to a route">
          <table class="plain routes">
            <tbody>
              {shown.map(({ resource, method, path, server }) => (
                <tr key={`${server} ${method} ${path}`}>
                  <td>
                    <code>{method}</code>
                  </td>
                  <td>
                    <a href={linkTo("try", resource, { route: `${method} ${path}` })}>
                      <code>{path}</code>
                    </a>
                  </td>
                  <td class="dim">{resource}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </Section>
      )}
      <Section title="Execute a resource">
        <ul class="choices">
          {resources.map(({ urn }) => (
            <li key={urn}>
              <a href={linkTo("try", urn)}>{urn}</a>
            </li>
          ))}
        </ul>
      </Section>
      <RequestForm title="Or send any request" request={{ method: "GET", path: "/" }} />
    </>
  );
}

/** The forms of a resource: requests are sent to routes, other resources are executed. */
function Forms({ resource, earlier, route }: {
  readonly resource: ResourceView;
  readonly earlier: ExecutionView | undefined;
  readonly route: string | undefined;
}): JSX.Element {
  const { isExecutable, requests } = resource;
  if (earlier?.isRequest) {
    return <RequestForm title="Send again" request={earlier.input as InitialRequest} />;
  }
  const [first, ...others] = requests;
  return (
    <>
      {first !== undefined && others.length === 0 && (
        <RequestForm title="Send a request" request={first} />
      )}
      {requests.length > 1 && <Routes requests={requests} chosen={route} />}
      {isExecutable && <ExecuteForm resource={resource} initial={earlier?.input} />}
      {requests.length === 0 && !isExecutable && (
        <RequestForm title="Send a request" request={{ method: "GET", path: "/" }} />
      )}
    </>
  );
}

/** A form for each of several routes. */
function Routes({ requests, chosen }: {
  readonly requests: readonly RouteRequest[];
  /** The method and path of the one to begin with. */
  readonly chosen: string | undefined;
}): JSX.Element {
  const nameOf = ({ method, path }: RouteRequest) => `${method} ${path}`;
  const [open, setOpen] = useState<ReadonlySet<RouteRequest>>(
    () => new Set(requests.filter((request) => nameOf(request) === chosen)),
  );
  return (
    <Section title={count(requests.length, "route")}>
      {requests.map((request) => (
        <details
          key={`${request.server} ${nameOf(request)}`}
          class="route"
          open={open.has(request)}
          onToggle={({ currentTarget }) => {
            if (currentTarget.open) setOpen(new Set([...open, request]));
          }}
        >
          <summary>
            <code>
              <strong>{request.method}</strong> {request.path}
            </code>
            {request.summary !== undefined && <span class="dim">{request.summary}</span>}
          </summary>
          {open.has(request) && (
            <>
              {request.security.length > 0 && (
                <p class="dim">Needs what {request.security.join(" and ")} asks for.</p>
              )}
              <RequestForm title="Request" request={request} />
            </>
          )}
        </details>
      ))}
    </Section>
  );
}
