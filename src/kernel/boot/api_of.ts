/** What one resource may use of another: `ctx.use`. */
import { type DiglyError, fail, type Origin } from "../../contract/errors.ts";
import { formatField } from "../../contract/field_path.ts";
import { urnIn } from "../../contract/known_urns.ts";
import type { ResourceInstance } from "../../contract/module.ts";
import { didYouMeanUrn } from "../../diagnostics/nearest.ts";
import { isDeferred, type Path, type RuntimeResource } from "../../contract/resource.ts";

/** The resources of an app, and what they depend on. */
export interface UsableApp {
  entry(urn: string): { readonly resource: RuntimeResource } | undefined;
  entries(): readonly { readonly urn: string }[];
  dependenciesOf(urn: string): readonly { readonly urn: string }[];
  originAt(urn: string, path: Path): Origin | undefined;
  /** Which process runs which resource, in an app of several. */
  readonly local: {
    has(urn: string): boolean;
    readonly placement: { roleOf(urn: string): string | undefined } | undefined;
  };
  /** True for a resource without a controller, whose dependencies its users need. */
  isData(urn: string): boolean;
  /** True for a resource that a test replaces. */
  isFaked(urn: string): boolean;
}

/** The `api` of `urn` for `user`. Throws `ERR_RESOURCE_INVALID` if it has no right to it. */
export function apiOf(
  urn: string,
  user: string,
  app: UsableApp,
  instanceOf: (urn: string) => ResourceInstance | undefined,
): unknown {
  const refuse = (problem: string, help: string | undefined, at: Path = []): DiglyError =>
    fail("ERR_RESOURCE_INVALID", { urn: user, problem }, { origin: app.originAt(user, at), help });
  const isNamed = app.dependenciesOf(user).some((one) =>
    one.urn === urn ||
    (app.isData(one.urn) && app.dependenciesOf(one.urn).some((other) => other.urn === urn))
  );
  if (!isNamed) {
    if (app.entry(urn) === undefined) {
      const urns = app.entries().map((entry) => entry.urn);
      throw refuse(`it uses ${urn}, which does not exist`, didYouMeanUrn(String(urn), urns));
    }
    const kind = app.entry(user)?.resource.kind;
    const path = pathTo(urn, app.entry(user)?.resource, []);
    throw path === undefined
      ? refuse(
        `it uses ${urn}, which none of its fields names`,
        `Name ${urn} in a field that has \`format: digly-urn\` and \`digly:ready: true\` in the ` +
          `schema of ${kind}`,
      )
      : refuse(
        `it uses ${urn}, which its field \`${formatField(path)}\` names, but that field is not ` +
          "`digly:ready`",
        `Add \`digly:ready: true\` to \`${formatField(path)}\` in the schema of ${kind}`,
        path,
      );
  }
  if (!app.local.has(urn)) {
    const role = app.local.placement?.roleOf(urn);
    throw refuse(
      `it uses ${urn}, which runs in another process, of the role ${role}`,
      `Let one role run both; what a resource provides to others does not cross processes`,
      pathTo(urn, app.entry(user)?.resource, []),
    );
  }
  const instance = instanceOf(urn);
  if (instance === undefined) throw refuse(`it uses ${urn}, which is not running`, undefined);
  if (instance.api !== undefined) return instance.api;
  if (app.isFaked(urn)) {
    throw refuse(
      `it uses ${urn}, which is mocked, and a mock can only be executed`,
      `Mock ${user} as well, or do not mock ${urn}`,
    );
  }
  throw refuse(
    `it uses ${urn}, which provides no \`api\``,
    `Return it from the create of its controller: { api: … }`,
  );
}

/** The path of the first field that names a resource. */
function pathTo(urn: string, value: unknown, path: Path): Path | undefined {
  if (value === undefined || isDeferred(value)) return undefined;
  if (path.length > 0 && urnIn(value) === urn) return path;
  if (typeof value !== "object" || value === null) return undefined;
  for (const [key, item] of Object.entries(value)) {
    if (path.length === 0 && (key === "kind" || key === "metadata")) continue;
    const found = pathTo(urn, item, [...path, Array.isArray(value) ? Number(key) : key]);
    if (found !== undefined) return found;
  }
  return undefined;
}
