/** `Auth.ApiKey`: requires one of a list of keys. */
import type {
  HttpMiddleware,
  ModuleCreateContext,
  ResourceInstance,
  RuntimeResource,
} from "../../contract/author.ts";
import { type Challenge, rememberChallenge, unauthorized } from "./challenge.ts";
import { digestOf, indexOfDigest } from "./digest.ts";

/** A key, as text or as a map. */
export type KeyFields = string | {
  readonly name?: string;
  readonly key?: string;
  readonly sha256?: string;
  readonly claims?: Readonly<Record<string, unknown>>;
};

/** The fields of `Auth.ApiKey`. */
export interface ApiKeyFields {
  readonly keys: readonly KeyFields[];
  readonly header: string;
  readonly query?: string;
  readonly realm?: string;
}

/** Longer keys are not looked at. */
const MAX_LENGTH = 4_096;

/** Keeps the digests of the keys. */
export function create(
  { keys, header, query, realm }: RuntimeResource<ApiKeyFields>,
  ctx: ModuleCreateContext,
): ResourceInstance<HttpMiddleware> {
  const digests = keys.map(keyDigest);
  const identities = keys.map((fields) =>
    typeof fields === "string" ? { name: null } : { ...fields.claims, name: fields.name ?? null }
  );
  const challenge: Challenge = { scheme: "ApiKey", realm: realm ?? ctx.kernel.app.name };

  function keyOf(request: Request, view: Readonly<Record<string, unknown>>): string | undefined {
    const fromHeader = request.headers.get(header);
    if (fromHeader !== null) return fromHeader;
    if (query === undefined) return undefined;
    const value = (view["query"] as Readonly<Record<string, unknown>>)[query];
    return typeof value === "string" ? value : undefined;
  }

  return {
    api: {
      security: { type: "apiKey", in: "header", name: header },
      async middleware(request, next, info) {
        const key = keyOf(request, query === undefined ? {} : info.request);
        if (key === undefined || key === "") {
          return unauthorized(info, challenge, { message: "An API key is required" });
        }
        const index = key.length > MAX_LENGTH ? -1 : indexOfDigest(digests, digestOf(key));
        const auth = identities[index];
        if (auth === undefined) {
          return unauthorized(info, challenge, { message: "The API key is not valid" });
        }
        rememberChallenge(request, challenge);
        return await next({ auth });
      },
    },
  };
}

function keyDigest(fields: KeyFields): Uint8Array {
  if (typeof fields === "string") return digestOf(fields);
  // The check of the kind requires one of the two.
  if (fields.sha256 === undefined) return digestOf(fields.key!);
  return Uint8Array.from(fields.sha256.match(/../g) ?? [], (byte) => parseInt(byte, 16));
}
