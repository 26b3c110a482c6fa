/**
 * Reads, checks and follows certificates and keys. Only servers with `tls` load this: the cryptography of a
 * runtime takes a tenth of the start of a small server.
 */
import { createPrivateKey, createPublicKey, X509Certificate } from "node:crypto";
import { readFileSync, statSync } from "node:fs";
import { clearInterval, setInterval } from "node:timers";
import type { CheckContext, ModuleCreateContext } from "../../contract/author.ts";
import { resolvePath } from "../shared/manifest_path.ts";
import type { TlsFields, TlsMaterial } from "./tls.ts";

/** A field whose text cannot be used. */
interface TlsProblem {
  readonly field: keyof TlsFields;
  readonly message: string;
}

const FIELDS = ["cert", "key", "ca"] as const;
const MAX_BYTES = 1024 * 1024;
const WATCH_INTERVAL_MS = 1_000;

/** True for text, false for the path of a file. */
function isPem(value: string): boolean {
  return value.includes("-----BEGIN ") || value.includes("\n");
}

/** Reports PEM text that is invalid; files are read by the boot. */
export function checkTls(tls: TlsFields, ctx: CheckContext): void {
  const texts = Object.fromEntries(
    FIELDS.flatMap((field) => {
      const value = tls[field];
      // A check may not know the value of a secret.
      return typeof value === "string" && isPem(value) ? [[field, value]] : [];
    }),
  );
  const problem = problemOf(texts);
  if (problem !== undefined) ctx.report(ctx.problem(["tls", problem.field], problem.message));
}

/** Reads and checks what a server presents. Throws an error about the field that cannot be used. */
export function loadTls(tls: TlsFields, ctx: ModuleCreateContext): TlsMaterial {
  const texts: { -readonly [Field in keyof TlsFields]: string } = { cert: "", key: "" };
  for (const field of FIELDS) {
    const value = tls[field];
    if (value === undefined) continue;
    try {
      texts[field] = isPem(value) ? value : readPem(resolvePath(value, ["tls", field], ctx));
    } catch (error) {
      throw ctx.problem(["tls", field], `the file "${value}" ${(error as Error).message}`, {
        help: "Write the path of a PEM file, relative to this one, or the PEM text itself",
        cause: error,
      });
    }
  }
  const problem = problemOf(texts);
  if (problem === undefined) return texts;
  const { field, message } = problem;
  throw ctx.problem(["tls", field], message);
}

/** Presents the certificate of changed files, where the runtime can; the returned function stops that. */
export function followTls(
  tls: TlsFields,
  loaded: TlsMaterial,
  setTls: ((material: TlsMaterial) => void) | undefined,
  ctx: ModuleCreateContext,
): (() => void) | undefined {
  if (setTls === undefined) return undefined;
  let presented = JSON.stringify(loaded);
  return watchTls(tls, ctx, () => {
    try {
      const material = loadTls(tls, ctx);
      // The files change one after the other, and each change is reported.
      if (JSON.stringify(material) === presented) return;
      presented = JSON.stringify(material);
      setTls(material);
      ctx.log.info("Loaded the changed certificate");
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      ctx.log.warn(`The changed certificate is not used: ${reason}`, { error });
    }
  });
}

/** Calls `onChange` when a file of `tls` changes; the returned function stops that. */
function watchTls(
  tls: TlsFields,
  ctx: ModuleCreateContext,
  onChange: () => void,
): () => void {
  const paths = FIELDS.flatMap((field) => {
    const value = tls[field];
    return value === undefined || isPem(value) ? [] : [resolvePath(value, ["tls", field], ctx)];
  });
  // Polling sees files that are replaced, and links whose target changes. `watchFile` would look for
  // the first time a little later, and miss a change until then.
  const versions = paths.map(versionOf);
  const timer = setInterval(() => {
    const isChanged = paths.map((path, index) => {
      const before = versions[index];
      versions[index] = versionOf(path);
      return versions[index] !== before;
    });
    if (isChanged.includes(true)) onChange();
  }, WATCH_INTERVAL_MS);
  timer.unref();
  return () => clearInterval(timer);
}

/** What differs when a file has been written or replaced; nothing while it cannot be read. */
function versionOf(path: string): string {
  try {
    const { mtimeMs, size, ino } = statSync(path);
    return `${mtimeMs} ${size} ${ino}`;
  } catch {
    return "";
  }
}

function problemOf({ cert, key, ca }: Partial<TlsFields>): TlsProblem | undefined {
  const certificate = cert === undefined ? undefined : tryTo(() => new X509Certificate(cert));
  if (cert !== undefined && certificate === undefined) {
    return { field: "cert", message: "the certificate is not valid PEM" };
  }
  if (ca !== undefined && tryTo(() => new X509Certificate(ca)) === undefined) {
    return { field: "ca", message: "the certificate is not valid PEM" };
  }
  if (key === undefined) return undefined;
  const publicKey = tryTo(() => spkiOf(createPublicKey(createPrivateKey(key))));
  if (publicKey === undefined) {
    const message = /ENCRYPTED/.test(key)
      ? "the private key is encrypted; write one without a passphrase"
      : "the private key is not valid PEM";
    return { field: "key", message };
  }
  if (certificate === undefined) return undefined;
  const own = tryTo(() => spkiOf(certificate.publicKey));
  return own === undefined || own === publicKey
    ? undefined
    : { field: "key", message: "the private key is not that of the certificate" };
}

function spkiOf(key: ReturnType<typeof createPublicKey>): string {
  return key.export({ type: "spki", format: "der" }).toString("base64");
}

function tryTo<T>(action: () => T): T | undefined {
  try {
    return action();
  } catch {
    return undefined;
  }
}

/** The text of a file. The message of the error it throws is the end of a sentence. */
function readPem(path: string): string {
  const stats = statSync(path, { throwIfNoEntry: false });
  if (stats === undefined) throw new Error("does not exist");
  if (!stats.isFile()) throw new Error("is not a file");
  if (stats.size > MAX_BYTES) throw new Error("is larger than 1 MiB");
  try {
    return readFileSync(path, "utf8");
  } catch (cause) {
    throw new Error("cannot be read", { cause });
  }
}
