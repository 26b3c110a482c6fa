/** How a node logs in to a real NATS server: a client certificate, a JWT, and a bare nkey. */
import assert from "node:assert/strict";
import { cpSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, describe, test } from "node:test";
import { fileURLToPath } from "node:url";
import { nkeys } from "@nats-io/transport-node";
import { Kernel } from "../../../mod.ts";
import { startNats } from "../../servers/nats.ts";

type KeyPair = ReturnType<typeof nkeys.createUser>;

const certificates = fileURLToPath(new URL("../../runtimes/certificates/", import.meta.url));
const folder = mkdtempSync(join(tmpdir(), "digly-logins-"));
cpSync(certificates, folder, { recursive: true });

const [operator, system, account, stranger] = [
  nkeys.createOperator(),
  nkeys.createAccount(),
  nkeys.createAccount(),
  nkeys.createAccount(),
];
const [member, keyOnly] = [nkeys.createUser(), nkeys.createUser()];
const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);

/** A JWT as NATS has them: `issuer` says about `subject` what `claims` contain. */
function jwt(issuer: KeyPair, subject: KeyPair, claims: object): string {
  const [iss, sub] = [issuer.getPublicKey(), subject.getPublicKey()];
  const part = (value: object) => Buffer.from(JSON.stringify(value)).toString("base64url");
  const head = part({ typ: "JWT", alg: "ed25519-nkey" });
  const body = part({
    jti: sub,
    iat: 1_700_000_000,
    iss,
    sub,
    name: "n",
    nats: { version: 2, ...claims },
  });
  const signature = issuer.sign(new TextEncoder().encode(`${head}.${body}`));
  return `${head}.${body}.${Buffer.from(signature).toString("base64url")}`;
}

const LIMITS = { subs: -1, data: -1, payload: -1 };
const ACCOUNT = {
  type: "account",
  limits: { ...LIMITS, imports: -1, exports: -1, wildcards: true, conn: -1, leaf: -1 },
};
const seedPart = (user: KeyPair) =>
  `-----BEGIN USER NKEY SEED-----\n${text(user.getSeed())}\n------END USER NKEY SEED------\n`;
/** A file of credentials, as `nsc` writes it. */
const credentials = (issuer: KeyPair) =>
  `-----BEGIN NATS USER JWT-----\n${
    jwt(issuer, member, { type: "user", ...LIMITS, pub: {}, sub: {} })
  }
------END NATS USER JWT------\n\n${seedPart(member)}`;

const files = {
  "operator.conf": `operator: ${jwt(operator, operator, { type: "operator" })}
system_account: ${system.getPublicKey()}
resolver: MEMORY
resolver_preload: {
  ${system.getPublicKey()}: ${jwt(operator, system, ACCOUNT)}
  ${account.getPublicKey()}: ${jwt(operator, account, ACCOUNT)}
}
`,
  // Two users of one server: who has the certificate, and who has the key.
  "users.conf":
    `tls { cert_file: one.crt, key_file: one.key, ca_file: two.crt, verify_and_map: true }
authorization { users: [{ user: localhost }] }
`,
  "keys.conf": `authorization { users: [{ nkey: ${keyOnly.getPublicKey()} }] }\n`,
  "member.creds": credentials(account),
  "stranger.creds": credentials(stranger),
  "key.nk": seedPart(keyOnly),
  "bare.nk": `${text(keyOnly.getSeed())}\n`,
  "empty.creds": "nothing of use\n",
};
for (const [name, content] of Object.entries(files)) writeFileSync(join(folder, name), content);
// Paths in a configuration are relative to the folder of the server.
const absolute = files["users.conf"].replace(/\b(?=(?:one|two)\.)/g, `${folder}/`);
writeFileSync(join(folder, "users.conf"), absolute);

const servers = await Promise.all(
  ["operator.conf", "users.conf", "keys.conf"].map((name) => startNats(["-c", join(folder, name)])),
);
after(async () => {
  for (const server of servers) if (typeof server !== "string") await server.remove();
  rmSync(folder, { recursive: true });
});
const skip = typeof servers[0] === "string" ? servers[0] : false;
const [operated, certified, keyed] = servers.map((server) =>
  typeof server === "string" ? "" : server.url
) as [string, string, string];

/** Starts a worker and a gateway that log in with `fields`, and calls one from the other. */
async function call(url: string, fields: string): Promise<unknown> {
  const kernels: Kernel[] = [];
  writeFileSync(
    join(folder, "runtime.yaml"),
    `name: shop
imports: [digly:cluster, digly:javascript]
---
kind: Cluster.Nats
metadata: { name: Main }
servers: ["${url}"]
${fields}
roles:
  gateway: { runs: [JavaScript.Script.Front] }
  worker: { runs: [JavaScript.Script.Work] }
---
kind: JavaScript.Script
metadata: { name: Front }
code: const main = () => null;
---
kind: JavaScript.Script
metadata: { name: Work }
code: "const main = (input) => ({ did: input });"
`,
  );
  try {
    for (const role of ["worker", "gateway"]) {
      const kernel = new Kernel({ roles: [role], serve: false });
      await kernel.load(join(folder, "runtime.yaml"));
      await kernel.start();
      kernels.push(kernel);
    }
    return await kernels[1]!.execute("JavaScript.Script.Work", 7);
  } finally {
    for (const kernel of kernels) await kernel.stop();
  }
}

describe("logging in to NATS", { skip }, () => {
  test("with a JWT of `credentialsFile`, which the account must have signed", async () => {
    assert.deepEqual(await call(operated, "credentialsFile: member.creds"), { did: 7 });
    await assert.rejects(call(operated, "credentialsFile: stranger.creds"), {
      message: /it refuses the credentials/,
    });
    await assert.rejects(call(operated, ""), { message: /it refuses the credentials/ });
  });

  test("with a key alone, in a file of credentials or as `nk` writes it", async () => {
    assert.deepEqual(await call(keyed, "credentialsFile: key.nk"), { did: 7 });
    assert.deepEqual(await call(keyed, "credentialsFile: bare.nk"), { did: 7 });
    await assert.rejects(call(keyed, "credentialsFile: empty.creds"), {
      message: /the file "empty.creds" has no key of a NATS user/,
    });
  });

  test("with a certificate, which the server maps to a user", async () => {
    const url = certified.replace("nats:", "tls:").replace("127.0.0.1", "localhost");
    const tls = (pair: string) =>
      `tls: { caFile: one.crt${
        pair === "" ? "" : `, certFile: ${pair}.crt, keyFile: ${pair}.key`
      } }`;
    assert.deepEqual(await call(url, tls("two")), { did: 7 });
    const quickly = "timeout: 1s\n";
    await assert.rejects(call(url, quickly + tls("")), {
      message: /it asks for a certificate/,
      help: "Write `certFile` and `keyFile` below `tls`",
    });
    await assert.rejects(call(url, quickly + tls("one")), {
      message: /it refuses the certificate/,
    });
  });
});
