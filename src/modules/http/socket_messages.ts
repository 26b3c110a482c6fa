/** Messages of WebSockets: read from what clients send, and written for them. */
import {
  bytesOf,
  type ControllerContext,
  formatField,
  formOf,
  inspectJson,
  resultJson,
} from "../../contract/author.ts";
import { badRequest, type RequestViolation } from "./errors.ts";
import { roundedIntegers } from "./json_text.ts";

/** How an `Http.Socket` reads and writes messages. */
export interface Messages {
  /** The value of `message`. Throws a `RequestError` for a message that is refused. */
  read(data: string | Uint8Array): unknown;
  /** What is sent for a value; `root` is what errors call it. */
  write(message: unknown, root: string): string | Uint8Array;
}

/** As deep as the JSON of requests may nest by default. */
const MAX_NESTING = 128;

/** Compiles the messages of the resource `urn`. */
export async function createMessages(
  urn: string,
  { format, schema }: { readonly format: "text" | "json"; readonly schema?: unknown },
  ctx: Pick<ControllerContext, "validator">,
): Promise<Messages> {
  const validate = schema === undefined
    ? undefined
    : await ctx.validator(schema, { defaults: true });
  const findsRounded = schema !== undefined && JSON.stringify(schema).includes('"integer"');

  function parse(data: string | Uint8Array): { value: unknown; rounded?: string } {
    if (format === "text") return { value: data };
    if (typeof data !== "string") throw refused("must be text");
    const { nesting, mayRound } = inspectJson(data, MAX_NESTING, findsRounded);
    if (nesting > MAX_NESTING) throw refused(`must not be nested more than ${MAX_NESTING} deep`);
    try {
      const value: unknown = JSON.parse(data);
      return mayRound ? { value, rounded: data } : { value };
    } catch {
      throw refused("must be valid JSON");
    }
  }

  return {
    read(data) {
      const { value: read, rounded } = parse(data);
      if (validate === undefined) return read;
      const { violations, value } = validate(read);
      const list: RequestViolation[] = violations.map(({ path, message }) => (
        { in: "message", path: formatField(path), message }
      ));
      if (rounded !== undefined) {
        for (const path of roundedIntegers(rounded, read, validate)) {
          list.push({
            in: "message",
            path: formatField(path),
            message: "must be an exact integer",
          });
        }
      }
      if (list.length > 0) throw badRequest("The message is invalid", list);
      return value;
    },
    write(message, root) {
      if (formOf(message) === "bytes") return bytesOf(message);
      if (format === "text" && typeof message === "string") return message;
      return resultJson(urn, message, root);
    },
  };
}

function refused(message: string): Error {
  return badRequest("The message is invalid", [{ in: "message", path: "", message }]);
}
