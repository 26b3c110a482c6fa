/** Functions that take the place of resources in a test. */
import { fail } from "../../contract/errors.ts";
import { inputError, toInputSchema } from "../../contract/input_schema.ts";
import type { Fake } from "../../contract/execution.ts";
import type { Controller } from "../../contract/module.ts";
import type { SchemaCheck } from "../../contract/schema.ts";
import { didYouMeanUrn } from "../../diagnostics/nearest.ts";
import { loadSchemaCompiler } from "../../schema/schema.ts";
import type { ValidationBounds } from "../../contract/validation_budget.ts";

/** The fakes of an app, by URN. */
export type Fakes = Readonly<Record<string, Fake>>;

/** The app whose resources are faked. */
export interface FakedApp {
  readonly limits: ValidationBounds;
  entry(urn: string): unknown;
  entries(): readonly { readonly urn: string }[];
  /** What a resource takes, as a JSON Schema, if its kind says so. */
  describe(urn: string): { readonly input: unknown } | undefined;
}

/** Throws `ERR_USAGE` for a fake of a resource that does not exist, or that is not a function. */
export function checkFakes(fakes: Fakes, app: FakedApp): void {
  for (const [urn, fake] of Object.entries(fakes)) {
    if (app.entry(urn) === undefined) {
      const urns = app.entries().map((entry) => entry.urn);
      throw fail("ERR_USAGE", { problem: `The fake ${urn} does not name a resource of the app` }, {
        help: didYouMeanUrn(urn, urns),
      });
    }
    if (typeof fake === "function") continue;
    throw fail("ERR_USAGE", { problem: `The fake ${urn} must be a function, not ${typeof fake}` }, {
      help: "Write (input, ctx) => result",
    });
  }
}

/** The controller of a faked resource. Its input is validated as that of the resource itself. */
export function fakeController(urn: string, fake: Fake, app: FakedApp): Controller {
  return {
    async create() {
      const schema = app.describe(urn)?.input;
      const validate: SchemaCheck | undefined = schema === undefined
        ? undefined
        : (await loadSchemaCompiler()).compile(toInputSchema(schema), {}, app.limits);
      return {
        execute(input, ctx) {
          const violations = validate?.(input) ?? [];
          if (violations.length > 0) throw inputError(urn, violations);
          return fake(input, ctx);
        },
      };
    },
  };
}
