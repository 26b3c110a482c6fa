/** `Auth.Basic`: requires the name and the password of a user. */
import type {
  HttpMiddleware,
  ModuleCreateContext,
  ResourceInstance,
  RuntimeResource,
} from "../../contract/author.ts";
import { type Challenge, rememberChallenge, unauthorized } from "./challenge.ts";
import { credentialsOf, parseBasic } from "./credentials.ts";
import { hashPassword, isPassword, parseHash, type PasswordHash } from "./password.ts";
import { createVerifiedCache } from "./verified_cache.ts";

/** The fields of `Auth.Basic`. */
export interface BasicFields {
  readonly users: readonly {
    readonly name: string;
    readonly password: string;
    readonly claims?: Readonly<Record<string, unknown>>;
  }[];
  readonly realm?: string;
}

interface User {
  readonly hash: PasswordHash;
  readonly auth: Readonly<Record<string, unknown>>;
}

/** How many passwords are hashed at the same time, and how many may wait. */
const MAX_HASHING = 4;
const MAX_WAITING = 64;
const MAX_PASSWORD = 1_024;

/** Parses the hashes, and makes one for names that do not exist. */
export function create(
  { users, realm }: RuntimeResource<BasicFields>,
  ctx: ModuleCreateContext,
): ResourceInstance<HttpMiddleware> {
  const byName = new Map(users.map(({ name, password, claims }): [string, User] => [
    name,
    // The check of the kind accepts only hashes that can be parsed.
    { hash: parseHash(password)!, auth: { ...claims, name } },
  ]));
  const challenge: Challenge = { scheme: "Basic", realm: realm ?? ctx.kernel.app.name };
  const verified = createVerifiedCache(ctx.clock);
  const line = createLine();
  // A password for nobody is hashed too, so that the time does not show which names exist.
  const [first] = byName.values();
  const nobody = first?.hash;

  async function verify(name: string, password: string): Promise<User | undefined> {
    const user = byName.get(name);
    if (user !== undefined && verified.has(name, password)) return user;
    const hash = user?.hash ?? nobody;
    if (hash === undefined || password.length > MAX_PASSWORD) return undefined;
    const isRight = await line(() => isPassword(password, hash));
    if (user === undefined || !isRight) return undefined;
    verified.add(name, password);
    return user;
  }

  return {
    api: {
      security: { type: "http", scheme: "basic" },
      async middleware(request, next, info) {
        const text = credentialsOf(request, "Basic");
        if (text === undefined) {
          return unauthorized(info, challenge, { message: "A user and a password are required" });
        }
        const credentials = parseBasic(text);
        let user: User | undefined;
        try {
          if (credentials !== undefined) {
            user = await verify(credentials.name, credentials.password);
          }
        } catch (error) {
          if (!(error instanceof BusyError)) throw error;
          return info.refuse({
            status: 503,
            code: "UNAVAILABLE",
            message: "The server is busy",
            headers: { "retry-after": "1" },
          });
        }
        if (user === undefined) {
          return unauthorized(info, challenge, { message: "The user or the password is wrong" });
        }
        rememberChallenge(request, challenge);
        return await next({ auth: user.auth });
      },
    },
    execute: (input) => hashPassword((input as { readonly password: string }).password),
  };
}

/** Too many passwords are being hashed. */
class BusyError extends Error {}

/** Runs a few tasks at a time, since each takes a processor and 32 MiB. Rejects what is too much. */
function createLine(): <T>(task: () => Promise<T>) => Promise<T> {
  const waiting: (() => void)[] = [];
  let running = 0;
  return async (task) => {
    if (running >= MAX_HASHING) {
      if (waiting.length >= MAX_WAITING) throw new BusyError("Too many passwords at once");
      await new Promise<void>((resolve) => waiting.push(resolve));
    } else running++;
    try {
      return await task();
    } finally {
      const next = waiting.shift();
      if (next === undefined) running--;
      else next();
    }
  };
}
