/** Coverage of the `?:` in expressions that controllers evaluate. */
import type { OnCondition } from "../../contract/coverage.ts";
import type { Origin } from "../../contract/errors.ts";
import type { Deferred } from "../../contract/resource.ts";
import type { Observe } from "../../template/deferred/compile_template.ts";
import { codesOf } from "../../template/deferred/deferred.ts";
import { engine } from "../../template/expr/engine.ts";
import { rootScope, withNulls } from "../../template/expr/scope.ts";

/** What templates report to; `undefined` where nobody wants to know. */
export function conditionalsObserver(
  originOf: (deferred: Deferred) => Origin | undefined,
  onCondition: OnCondition | undefined,
): Observe | undefined {
  if (onCondition === undefined) return undefined;
  return (deferred, whole) => {
    const place = () => originOf(whole);
    const observed = codesOf(deferred)
      .map((code) => engine().observeConditionals({ ...code, originOf: place }, onCondition))
      .filter((observe) => observe !== undefined);
    if (observed.length === 0) return undefined;
    return (variables) => {
      const scope = rootScope(withNulls(variables));
      for (const observe of observed) observe(scope);
    };
  };
}
