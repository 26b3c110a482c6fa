/** What the checks of all resources of a kind share. */
import type { CheckContext } from "../../contract/check.ts";
import { EVENTS_OF_EVERY_KIND } from "../../contract/events.ts";
import { createLazyValidator, createValidator } from "../../schema/validator.ts";
import { textsOf } from "../../template/deferred/compile_parts.ts";
import type { Translate } from "../boot/own_names.ts";
import type { VerifyOptions } from "./checked.ts";

/** The part of a context that is about the app, not about one resource. */
export type SharedContext = Pick<
  CheckContext,
  | "checking"
  | "connects"
  | "resourcesOf"
  | "kinds"
  | "eventsOf"
  | "urns"
  | "isA"
  | "provideTo"
  | "errorCodes"
  | "parts"
  | "validator"
>;

/** The part for the checks of one kind; `own` translates the names of kinds in its module. */
export function sharedContext(
  own: Translate,
  resourcesOf: CheckContext["resourcesOf"],
  kindOf: (urn: string) => string,
  options: VerifyOptions,
): SharedContext {
  const { kinds, isA, hints } = options;
  // A boot uses the validators again, which an app that is only checked does not have.
  const validatorOf = options.checking ? createLazyValidator : createValidator;
  return {
    checking: options.checking,
    connects: options.connects,
    resourcesOf: (wanted) => resourcesOf(own(wanted)),
    kinds: () => [...kinds.keys()],
    eventsOf(wanted) {
      const events = kinds.get(own(wanted))?.events ?? [];
      return events.length === 0 ? undefined : [...events, ...EVENTS_OF_EVERY_KIND];
    },
    urns: () => [...options.urns],
    isA: (named, wanted) => isA(kindOf(named), own(wanted)),
    provideTo: (to, contract, providers, more = {}) =>
      hints?.addProviders(to, contract, providers, more),
    errorCodes: options.errorCodes,
    parts: textsOf,
    validator: (schema, more) => validatorOf(schema, more, options.limits),
  };
}
