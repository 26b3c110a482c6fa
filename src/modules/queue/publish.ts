/** `Queue.Publish`: adds a message to a queue. */
import {
  type Controller,
  defineController,
  formatUrn,
  inputError,
  resultJson,
  toInputSchema,
} from "../../contract/author.ts";
import type { QueueApi } from "./api.ts";
import { type Duration, longDurationMs, type PublishFields } from "./fields.ts";

const controller: Controller = defineController<PublishFields>({
  async create(resource, ctx) {
    const urn = formatUrn(resource.kind, resource.metadata.name);
    const queue = ctx.use<QueueApi>(resource.queue);
    const inputs = Object.hasOwn(resource, "inputs") ? ctx.template(resource.inputs) : undefined;
    const delay = ctx.template<Duration>(resource.delay ?? 0);
    const validate = resource.inputSchema === undefined
      ? undefined
      : await ctx.validator(toInputSchema(resource.inputSchema), { defaults: true });
    return {
      async execute(given, execution) {
        const { violations, value: input } = validate?.(given) ?? { violations: [], value: given };
        if (violations.length > 0) throw inputError(urn, violations);
        const scope = { input: input ?? null };
        const message = inputs === undefined ? scope.input : inputs(scope);
        const id = await queue.publish({
          body: resultJson(urn, message, "message", undefined, "the message"),
          delayMs: longDurationMs(delay(scope)),
          notes: { traceparent: execution.traceparent },
        }, execution);
        return { id };
      },
    };
  },
});

export default controller;
