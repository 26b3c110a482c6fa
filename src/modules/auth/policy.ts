/** `Auth.Policy`: decides by an expression. */
import type {
  HttpMiddleware,
  Late,
  ModuleCreateContext,
  ResourceInstance,
  RuntimeResource,
} from "../../contract/author.ts";
import { challengeOf, forbidden } from "./challenge.ts";

/** The fields of `Auth.Policy`. */
interface PolicyFields {
  readonly allow: boolean | Late<boolean>;
  readonly message: string;
}

/** Compiles the expression. */
export function create(
  { kind, metadata: { name }, allow, message }: RuntimeResource<PolicyFields>,
  ctx: ModuleCreateContext,
): ResourceInstance<HttpMiddleware> {
  const isAllowed = ctx.template(allow);

  /** Only true allows; an expression that fails, for example for want of a claim, refuses. */
  function decide(request: Readonly<Record<string, unknown>>): boolean {
    try {
      return isAllowed({ request }) === true;
    } catch (error) {
      const problem = error instanceof Error ? error.message : String(error);
      ctx.log.warn(`${kind}.${name} refused a request: ${problem}`, { error });
      return false;
    }
  }

  return {
    api: {
      async middleware(request, next, info) {
        if (decide(info.request)) return await next();
        return forbidden(info, challengeOf(request), message);
      },
    },
  };
}
