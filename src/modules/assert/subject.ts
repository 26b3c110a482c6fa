/** What an assertion is about: a value, the result of a resource, or its own input. */
import {
  type Context,
  type Late,
  type ModuleCreateContext,
  type ResourceInstance,
  type RuntimeResource,
} from "../../contract/author.ts";
import { atStart } from "./at_start.ts";
import { executionFailed } from "./failure.ts";

/** The fields that say what an assertion is about. */
export interface SubjectFields {
  readonly value?: unknown | Late<unknown>;
  readonly execute?: string;
  readonly inputs?: unknown | Late<unknown>;
}

/**
 * The instance of an assertion, whose `assert` throws if it is not true. One about a value or a
 * resource is made when the app has started, and each is made when it is executed.
 */
export function assertion(
  resource: RuntimeResource<SubjectFields>,
  ctx: ModuleCreateContext,
  assert: (value: unknown, input: unknown) => void,
): ResourceInstance {
  const { execute } = resource;
  const hasSubject = execute !== undefined || resource.value !== undefined;
  const value = ctx.template(resource.value ?? null);
  const inputs = ctx.template(resource.inputs ?? null);

  async function subjectOf(input: unknown, context: Context): Promise<unknown> {
    if (execute === undefined) return hasSubject ? value({ input }) : input;
    const own = inputs({ input });
    return await context.execute(execute, own, {
      onError: (error) => {
        throw executionFailed(execute, error);
      },
    });
  }

  return {
    ...(hasSubject ? atStart(resource, ctx) : {}),
    async execute(input, context) {
      const subject = await subjectOf(input, context);
      assert(subject ?? null, input ?? null);
      return subject;
    },
  };
}
