/** Executes a resource, or sends a request to a route. */
import type { JSX } from "preact";
import { useMemo } from "preact/hooks";
import type { ExecutionView, ResourceView } from "../../src/inspector/api.ts";
import { pathTo } from "../client.ts";
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
export function TryView({ urn, from }: {
  readonly urn: string | undefined;
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
      {urn === undefined
        ? <Choices />
        : isReady && (
          <Forms key={`${urn} ${from}`} resource={resource.value!} earlier={earlier.value} />
        )}
    </div>
  );
}

/** What can be tried. */
function Choices(): JSX.Element {
  const graphVersion = useStore(live.graphStore);
  const resources = useMemo(
    () => live.resources.filter(({ isExecutable }) => isExecutable).slice(0, SHOWN),
    [graphVersion],
  );
  return (
    <>
      <Section title="Execute a resource">
        <ul class="choices">
          {resources.map(({ urn }) => (
            <li key={urn}>
              <a href={linkTo("try", urn)}>{urn}</a>
            </li>
          ))}
        </ul>
      </Section>
      <RequestForm title="Or send a request" request={{ method: "GET", path: "/" }} />
    </>
  );
}

/** The forms of a resource: requests are sent to a route, other resources are executed. */
function Forms({ resource, earlier }: {
  readonly resource: ResourceView;
  readonly earlier: ExecutionView | undefined;
}): JSX.Element {
  const { isExecutable, request } = resource;
  if (earlier?.isRequest) {
    return <RequestForm title="Send again" request={earlier.input as InitialRequest} />;
  }
  return (
    <>
      {request !== undefined && (
        <RequestForm title="Send a request" request={request} bodySchema={bodySchemaOf(resource)} />
      )}
      {isExecutable && <ExecuteForm resource={resource} initial={earlier?.input} />}
      {request === undefined && !isExecutable && (
        <RequestForm title="Send a request" request={{ method: "GET", path: "/" }} />
      )}
    </>
  );
}

/** The schema of a route's body. */
function bodySchemaOf({ fields }: ResourceView): unknown {
  const { request } = fields as { readonly request?: { readonly schema?: { body?: unknown } } };
  return request?.schema?.body;
}
