/** Bytes, JSON, and files. */
import { CelError } from "../cel_error.ts";
import { isDiglyError, messageOf } from "../../contract/errors.ts";
import type { Limits } from "../../contract/limits.ts";
import { encodeBase64 } from "../base64.ts";
import { toJson } from "../output.ts";
import type { Functions } from "./implementation.ts";

const size = (_: unknown, bytes: Uint8Array) => bytes.length;

/** What reading a file costs, whether it exists or not. */
const FILE_STEPS = 1_000;

export const DATA: Functions = {
  "size(bytes)": size,
  "bytes.size()": size,
  "base64.encode(bytes)": (context, bytes: Uint8Array) => {
    context.spendCharacters(bytes.length);
    return encodeBase64(bytes);
  },
  "base64.decode(string)": (context, text: string) => {
    context.spendCharacters(text.length);
    try {
      return Uint8Array.from(atob(text), (char) => char.charCodeAt(0));
    } catch {
      throw new CelError("base64.decode() got a string that is not Base64");
    }
  },
  "json(A)": (context, value: unknown) => toJson(context, value),
  "file(string)": (context, path: string) => {
    const { readFile } = context;
    if (readFile === undefined) {
      throw new CelError("file() does not exist here", {
        help: "Only the `value` of a definition may read files",
      });
    }
    context.spend(FILE_STEPS);
    try {
      return readFile(path);
    } catch (error) {
      if (!isDiglyError(error)) throw new CelError(messageOf(error));
      const limit = (error.details as { limit?: keyof Limits }).limit;
      throw new CelError(error.message, { help: error.help, limit });
    }
  },
};
