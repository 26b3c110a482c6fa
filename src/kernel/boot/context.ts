/** Creates the contexts of resources. */
import type { ModuleCreateContext } from "../../contract/contexts.ts";
import type { RuntimeResource } from "../../contract/resource.ts";
import { formatUrn } from "../../contract/urn.ts";
import { createModuleScope } from "./controller_context.ts";
import { withOwnNames } from "./own_names.ts";
import { registryView } from "./registry_view.ts";
import { ResourceContext, type ResourceScope } from "./resource_context.ts";
import type { ModuleIdentity, Services } from "./services.ts";

type Kernel = ModuleCreateContext["kernel"];

/** Creates the context of a resource. */
type ContextFactory = (resource: RuntimeResource) => ModuleCreateContext;

/** Creates contexts for resources; those of one module share what is the same for all of them. */
export function createResourceContexts(
  moduleOf: (kind: string) => ModuleIdentity,
  shared: Services,
): ContextFactory {
  const byModule = new Map<string, ContextFactory>();
  const byKind = new Map<string, ContextFactory>();
  return (resource) => {
    let factory = byKind.get(resource.kind);
    if (factory === undefined) {
      const module = moduleOf(resource.kind);
      factory = byModule.get(module.name) ?? createContextFactory(module, shared);
      byModule.set(module.name, factory);
      byKind.set(resource.kind, factory);
    }
    return factory(resource);
  };
}

/** Creates contexts for the resources of one module, which share a view of the registry. */
export function createContextFactory(
  identity: ModuleIdentity,
  shared: Services,
): ContextFactory {
  const moduleScope = createModuleScope(identity, shared);
  const { resources } = shared;
  let view: Kernel["registry"] | undefined;
  let revision: string | undefined;

  function registry(): Kernel["registry"] {
    if (view !== undefined && revision === resources.revision()) return view;
    revision = resources.revision();
    return view = registryView(resources.all(), moduleScope.visible);
  }

  const { execute } = withOwnNames(identity, identity.name, shared);
  const kernelOf = (owner: string): Kernel =>
    Object.freeze({
      get registry() {
        shared.reads.listed(owner, "*");
        return registry();
      },
      execute,
      app: shared.app,
      holds: shared.holds,
      metrics: shared.readMetrics,
      unready: shared.unready,
    });
  const scope: ResourceScope = { ...moduleScope, registry, kernelOf };
  return (resource) => {
    const owner = formatUrn(resource.kind, resource.metadata.name);
    return new ResourceContext(scope, owner, withOwnNames(identity, owner, shared), resource);
  };
}
