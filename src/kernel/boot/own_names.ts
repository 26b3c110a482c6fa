/**
 * The names that a module's code uses for its own kinds. If an import gives the module another
 * name, `Sql.Connection` in its code means `Warehouse.Connection` of the app.
 */
import type { InterceptMatch } from "../../contract/execution.ts";
import type { ModuleIdentity, ResourceView, Services } from "./services.ts";

/** Translates the kind, URN or event that a module names. */
export type Translate = (name: string) => string;

const same: Translate = (name) => name;

/** The translation for a module. */
export function translationFor({ name, ownName }: ModuleIdentity): Translate {
  if (name === ownName) return same;
  return (text) => {
    const isOwn = typeof text === "string" && text.startsWith(`${ownName}.`) &&
      !text.startsWith(`${name}.`);
    return isOwn ? name + text.slice(ownName.length) : text;
  };
}

/** The registry, as far as names are concerned. */
type Named = Pick<ResourceView, "has" | "mentions">;

/**
 * The URN that code means on behalf of the resource `owner`. What the resource itself names is of the
 * app, so it has the names of the app already.
 */
export function ownUrn(urn: string, owner: string, own: Translate, resources: Named): string {
  const translated = own(urn);
  if (translated === urn || !resources.has(urn)) return translated;
  return resources.mentions(owner, urn) || !resources.has(translated) ? urn : translated;
}

/** The services of a module for one of its resources, or for itself, which take its own names. */
export function withOwnNames(
  module: ModuleIdentity,
  owner: string,
  services: Services,
): Services {
  const own = translationFor(module);
  if (own === same) return services;
  const ownUrnOf = (urn: string) => ownUrn(urn, owner, own, services.resources);
  return {
    ...services,
    execute: (urn, input, ctx) => services.execute(ownUrnOf(urn), input, ctx),
    dispatch: (urn, input, ctx) => services.dispatch(ownUrnOf(urn), input, ctx),
    describe: (urn) => services.describe(ownUrnOf(urn)),
    isInitialized: (urn) => services.isInitialized(ownUrnOf(urn)),
    use: (urn, user) => services.use(ownUrnOf(urn), user),
    waitFor: (urn, waiting) => services.waitFor(ownUrnOf(urn), waiting),
    intercept: (owner, match, around, visible) =>
      services.intercept(owner, ownMatch(match), around, visible),
    originAt: (urn, path, part) => services.originAt(ownUrnOf(urn), path, part),
    registerResource: (manifest, creator) =>
      services.registerResource({ ...manifest, kind: own(manifest?.kind) }, creator),
    on: (key, listener, owner, once) => services.on(own(key), listener, owner, once),
    off: (key, listener) => services.off(own(key), listener),
    emit: (event, payload, subject, emitter) =>
      services.emit(own(event), payload, withOwnKind(subject), emitter),
    hasListeners: (event, subject) => services.hasListeners(own(event), withOwnKind(subject)),
    resourceEventKey: (kind, name, event) => services.resourceEventKey(own(kind), name, event),
  };

  /** What is not a valid match is reported where it is used. */
  function ownMatch(match: InterceptMatch): InterceptMatch {
    const all = (names: readonly string[]) => Array.isArray(names) ? names.map(own) : names;
    return {
      ...match,
      ...(match?.kinds === undefined ? {} : { kinds: all(match.kinds) }),
      ...(match?.urns === undefined ? {} : { urns: all(match.urns) }),
    };
  }

  function withOwnKind<Subject extends { readonly kind?: string }>(subject: Subject): Subject {
    return subject.kind === undefined ? subject : { ...subject, kind: own(subject.kind) };
  }
}
