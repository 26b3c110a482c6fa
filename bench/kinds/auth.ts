/** `Auth.Bearer` beside the library that verifies its tokens. */
import { jwtVerify } from "jose/jwt/verify";
import { SignJWT } from "jose/jwt/sign";
import { Kernel, type ModuleCreateContext } from "../../mod.ts";
import type { HttpMiddleware, HttpMiddlewareInfo } from "../../src/contract/http_middleware.ts";
import { hostPlatform } from "../../src/platform/host.ts";
import { overlayPlatform } from "../../src/testing/overlay.ts";
import type { Opened } from "./pairs.ts";

const SECRET = "a secret of thirty-two bytes or more";

/** More than Digly remembers, so that none is known when its turn comes again. */
const TOKENS = 3_000;

/** What a server says about a request; the middleware refuses none here. */
const INFO: HttpMiddlewareInfo = {
  ip: "127.0.0.1",
  path: "/",
  route: "/",
  request: {},
  execution: {},
  refuse() {
    throw new Error("The token was refused");
  },
};

/** Opens the middleware, which is called as a server calls it, without a server around it. */
export async function openAuth(): Promise<Opened> {
  let middleware: HttpMiddleware["middleware"] | undefined;
  const kernel = new Kernel({
    platform: overlayPlatform(hostPlatform(), {
      "runtime.yaml": `name: Bench
imports: [digly:std]
---
kind: Auth.Bearer
metadata: { name: Users }
secret: ${SECRET}
audience: orders
---
kind: Bench.Server
metadata: { name: Main }
middleware: Auth.Bearer.Users
`,
    }),
  });
  kernel.register({
    name: "Bench",
    definitions: [{
      kind: "Bench.Server",
      schema: {
        type: "object",
        properties: {
          middleware: { type: "string", format: "digly-urn", "digly:ready": true },
        },
      },
    }],
    controllers: {
      "Bench.Server": {
        create(_, ctx: ModuleCreateContext) {
          ({ middleware } = ctx.use<HttpMiddleware>("Auth.Bearer.Users"));
          return {};
        },
      },
    },
  });
  await kernel.load("runtime.yaml");
  await kernel.start();
  // The controller has run.
  const call = middleware!;
  const bytes = new TextEncoder().encode(SECRET);
  const key = await crypto.subtle.importKey(
    "raw",
    bytes,
    { name: "HMAC", hash: "SHA-256" },
    false,
    ["sign", "verify"],
  );
  const requests = await Promise.all(Array.from({ length: TOKENS }, async (_, user) => {
    const token = await new SignJWT({ sub: `user ${user}`, roles: ["buyer"] })
      .setProtectedHeader({ alg: "HS256" }).setAudience("orders").setExpirationTime("1d").sign(key);
    return new Request("http://localhost/", { headers: { authorization: `Bearer ${token}` } });
  }));
  const options = { algorithms: ["HS256"], audience: ["orders"] };
  const verify = async (request: Request) => {
    const token = request.headers.get("authorization")!.slice("Bearer ".length);
    return (await jwtVerify(token, key, options)).payload;
  };
  const next = () => Promise.resolve(OK);
  const [ofOurs, ofTheirs] = [inTurn(requests), inTurn(requests)];
  // There are thousands of them.
  const same = requests[0]!;
  return {
    pairs: [
      {
        title: "Auth.Bearer, another token each time",
        calls: 6_000,
        digly: () => call(ofOurs(), next, INFO),
        byHand: () => verify(ofTheirs()),
      },
      {
        title: "Auth.Bearer, the same token",
        calls: 20_000,
        digly: () => call(same, next, INFO),
        byHand: () => verify(same),
      },
    ],
    close: () => kernel.stop(),
  };
}

const OK = new Response("ok");

/** Gives one item after another, and begins again after the last. */
function inTurn<T>(items: readonly T[]): () => T {
  let at = 0;
  // The remainder is below the length.
  return () => items[at++ % items.length]!;
}
