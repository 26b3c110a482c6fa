/** Resources as tools: which they are, how they are described, and what a call gives. */
import {
  type DiglyError,
  type ExecutionOptions,
  isDiglyError,
  type ModuleCreateContext,
  type ResourceDescription,
  type RuntimeResource,
  type Template,
} from "../../contract/author.ts";
import { contentOf } from "./content.ts";
import type { ServerFields } from "./fields.ts";
import type { Call } from "./protocol.ts";

/** The tools of a server. */
export interface Tools {
  /** Descriptions of the tools that the caller may use. */
  list(caller: unknown): readonly object[];
  /** Calls a tool; `undefined` if the caller has none with this name. */
  call(name: string, input: object, call: ToolCall): Promise<object> | undefined;
}

/** A call, with the options for its execution. */
export interface ToolCall extends Call {
  readonly execution?: ExecutionOptions;
}

interface Tool {
  readonly name: string;
  readonly resource: ResourceDescription;
  /** True if the whole input is the argument `input`, since arguments are always a map. */
  readonly isWrapped: boolean;
  readonly description: object;
  /** False for a tool that `expose` has to select. */
  readonly isListed: boolean;
}

/** Makes the tools of a server, when all resources exist. */
export function createTools(
  server: RuntimeResource<ServerFields>,
  ctx: ModuleCreateContext,
): Tools {
  const { tools: listed = [], expose, inputs } = server;
  const selects = expose === undefined ? undefined : ctx.expression(expose, ["expose"]);
  const more = inputs === undefined ? undefined : ctx.template(inputs) as Template;
  let all: ReadonlyMap<string, Tool> | undefined;

  /** Other resources may be registered until the app has started. */
  function tools(): ReadonlyMap<string, Tool> {
    return all ??= nameTools(namesOf(inputs), [
      ...listed.flatMap((urn) => ctx.describe(urn) ?? []).map((one) => [one, true] as const),
      ...(selects === undefined ? [] : labelled(ctx, new Set(listed))
        .map((one) => [one, false] as const)),
    ]);
  }

  function isOffered({ isListed, resource }: Tool, request: unknown): boolean {
    if (isListed) return true;
    try {
      return selects?.({ ...selectionScope(resource), request }) === true;
    } catch {
      return false; // A label that the expression needs is missing.
    }
  }

  async function execute(tool: Tool, input: object, call: ToolCall): Promise<object> {
    const { urn } = tool.resource;
    const { caller, signal, execution } = call;
    try {
      const added = more?.({ tool: tool.name, arguments: input, request: caller }) as object;
      const values = { mcp: { tool: tool.name, request: caller } };
      const given = { ...input, ...added } as { readonly input?: unknown };
      const result = await ctx.execute(urn, tool.isWrapped ? given.input : given, {
        ...execution,
        signal,
        values,
      });
      return await contentOf(urn, result);
    } catch (error) {
      if (signal.aborted) throw error;
      return toolError(error, tool, ctx);
    }
  }

  return {
    list: (caller) =>
      [...tools().values()].filter((tool) => isOffered(tool, caller))
        .map(({ description }) => description),
    call(name, input, call) {
      const tool = tools().get(name);
      return tool === undefined || !isOffered(tool, call.caller)
        ? undefined
        : execute(tool, input, call);
    },
  };
}

/** The resources with labels, besides those that are listed; the others cannot be selected. */
function labelled(
  { kernel, describe }: ModuleCreateContext,
  listed: ReadonlySet<string>,
): ResourceDescription[] {
  return Array.from(kernel.registry.values(), (named) => [...named.values()]).flat()
    .filter(({ metadata }) => isMap(metadata["labels"]))
    .flatMap(({ kind, metadata: { name } }) => describe(`${kind}.${name}`) ?? [])
    .filter(({ urn }) => !listed.has(urn));
}

/** What `expose` sees of a resource. The label `digly.tool` is the field `tool` of `digly`. */
function selectionScope({ kind, metadata }: ResourceDescription): Record<string, unknown> {
  const labels = isMap(metadata["labels"]) ? metadata["labels"] : {};
  const digly: Record<string, unknown> = { ...(isMap(labels["digly"]) ? labels["digly"] : {}) };
  for (const [label, value] of Object.entries(labels)) {
    if (label.startsWith("digly.")) digly[label.slice("digly.".length)] = value;
  }
  return { digly, labels, kind, name: metadata.name };
}

/** Gives each tool the name of its resource, or its URN if several have that name. */
function nameTools(
  added: ReadonlySet<string>,
  resources: readonly (readonly [ResourceDescription, isListed: boolean])[],
): Map<string, Tool> {
  const counts = new Map<string, number>();
  for (const [{ metadata: { name } }] of resources) {
    counts.set(clean(name), (counts.get(clean(name)) ?? 0) + 1);
  }
  const tools = new Map<string, Tool>();
  for (const [resource, isListed] of resources) {
    const short = clean(resource.metadata.name);
    const name = counts.get(short) === 1 ? short : clean(resource.urn);
    tools.set(name, { name, resource, isListed, ...describeTool(name, resource, added) });
  }
  return tools;
}

/** Clients accept letters, digits, `_` and `-`, and at most 64 of them. */
function clean(name: string): string {
  return name.replaceAll(/[^\w-]/g, "_").slice(0, 64);
}

function describeTool(
  name: string,
  { metadata, input }: ResourceDescription,
  added: ReadonlySet<string>,
): Pick<Tool, "isWrapped" | "description"> {
  const { title, description } = metadata;
  const type = isMap(input) ? input["type"] : undefined;
  const isObject = input === undefined || typeof input === "boolean" || type === "object" ||
    (type === undefined && isMap(input));
  const inputSchema = isObject
    ? { ...(isMap(input) ? without(input, added) : {}), type: "object" }
    : { type: "object", required: ["input"], properties: { input } };
  return {
    isWrapped: !isObject,
    description: {
      name,
      ...(typeof title === "string" ? { title } : {}),
      ...(typeof description === "string" ? { description } : {}),
      inputSchema,
    },
  };
}

/** The names of the arguments that the server adds. */
function namesOf(inputs: unknown): ReadonlySet<string> {
  // An expression for the whole map is an instance of a class.
  const isPlain = isMap(inputs) && Object.getPrototypeOf(inputs) === Object.prototype;
  return new Set(isPlain ? Object.keys(inputs) : []);
}

/** The schema of the arguments that are left to the client. */
function without(schema: JsonMap, added: ReadonlySet<string>): JsonMap {
  const { properties, required, ...rest } = schema;
  return {
    ...rest,
    ...(isMap(properties)
      ? {
        properties: Object.fromEntries(
          Object.entries(properties).filter(([name]) => !added.has(name)),
        ),
      }
      : {}),
    ...(Array.isArray(required) ? { required: required.filter((name) => !added.has(name)) } : {}),
  };
}

/** An error as the result of a call: what is public of it, or an id under which the log has it. */
function toolError(error: unknown, { name }: Tool, { log, redact }: ModuleCreateContext): object {
  const known = isDiglyError(error) ? publicText(error) : undefined;
  if (known !== undefined) return errorResult(redact(known));
  const id = crypto.randomUUID();
  const message = error instanceof Error ? error.message : String(error);
  log.error(`The tool ${name} failed: ${message}`, { id, tool: name, error });
  return errorResult(`The tool failed; the log of the server has the reason under the id ${id}`);
}

function errorResult(text: string): object {
  return { content: [{ type: "text", text }], isError: true };
}

/** What a caller may know of an error, as an `Http.Server` answers it. */
function publicText({ code, message, details }: DiglyError): string | undefined {
  if (code === "ERR_INPUT_INVALID") return message;
  const { status, data } = details as { readonly status?: number; readonly data?: unknown };
  if (status === undefined || code.startsWith("ERR_")) return undefined;
  return `${code}: ${message}${data === undefined ? "" : `\n${JSON.stringify(data)}`}`;
}

type JsonMap = Readonly<Record<string, unknown>>;

function isMap(value: unknown): value is JsonMap {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
