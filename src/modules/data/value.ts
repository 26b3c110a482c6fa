/** `Data.Value`: a value with a name. */
import { type Controller, defineController } from "../../contract/author.ts";

const controller: Controller = defineController<{ value: unknown }>({
  create: ({ value }) => ({ execute: () => value }),
});

export default controller;
