/** Sensitive texts are found in every usual encoding, in linear time. */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { createRedaction } from "../../../../src/load/redaction/redaction.ts";

const SECRET = `pä$$ "word'<1>&\\/+?~ü`;
const bytes = new TextEncoder().encode(SECRET);

function redactionOf(...secrets: unknown[]) {
  const redaction = createRedaction();
  for (const secret of secrets) redaction.add(secret);
  return redaction;
}

/** Shell commands and other formats as they are usually written. */
const FORMS: Readonly<Record<string, string>> = {
  "as it is": SECRET,
  "in JSON": JSON.stringify(SECRET).slice(1, -1),
  "in JSON in JSON": JSON.stringify(JSON.stringify({ a: SECRET })).slice(10, -4),
  "in JSON with escaped slashes": JSON.stringify(SECRET).slice(1, -1).replaceAll("/", "\\/"),
  "in ASCII JSON": JSON.stringify(SECRET).slice(1, -1)
    .replace("ä", "\\u00e4").replace("ü", "\\u00fc"),
  "in a URL": encodeURIComponent(SECRET),
  "in a URL with small digits": encodeURIComponent(SECRET)
    .replace(/%../g, (code) => code.toLowerCase()),
  "in a whole URL": encodeURI(SECRET),
  "in a form": new URLSearchParams({ a: SECRET }).toString().slice(2),
  "in a strict URL": encodeURIComponent(SECRET).replaceAll("'", "%27"),
  "in HTML": SECRET.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;")
    .replaceAll('"', "&quot;").replaceAll("'", "&#39;"),
  "in HTML with hexadecimal quotes": SECRET.replaceAll("&", "&amp;").replaceAll("<", "&lt;")
    .replaceAll(">", "&gt;").replaceAll('"', "&quot;").replaceAll("'", "&#x27;"),
  "in HTML text": SECRET.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;"),
  "in single quotes of a shell": SECRET.replaceAll("'", "'\\''"),
  "in double quotes of a shell": SECRET.replace(/[$`"\\]/g, "\\$&"),
  "as YAML and SQL": SECRET.replaceAll("'", "''"),
  "as a literal of CEL": "pä$$ \"word\\'<1>&\\\\/+?~ü",
  "as hexadecimal": Buffer.from(bytes).toString("hex"),
  "as capital hexadecimal": Buffer.from(bytes).toString("hex").toUpperCase(),
  "as base64": Buffer.from(bytes).toString("base64"),
  "as base64 without padding": Buffer.from(bytes).toString("base64").replace(/=+$/, ""),
  "as base64url": Buffer.from(bytes).toString("base64url"),
};

describe("a secret is found", () => {
  for (const [name, form] of Object.entries(FORMS)) {
    test(name, () => {
      const redaction = redactionOf(SECRET);
      assert.equal(redaction.text(form), "[redacted]");
      assert.equal(redaction.text(`<<${form}>>`), "<<[redacted]>>");
      assert.equal(redaction.text(`${form} ${form}`), "[redacted] [redacted]");
    });
  }

  test("in base64 of longer data, wherever it begins", () => {
    const secret = "a-long-enough-secret";
    const redaction = redactionOf(secret);
    for (const encoding of ["base64", "base64url"] as const) {
      for (let before = 0; before < 6; before++) {
        for (const after of ["", "!", "!?", "!?+"]) {
          const text = Buffer.from("u".repeat(before) + secret + after).toString(encoding);
          const shown = redaction.text(text);
          assert.match(shown, /\[redacted\]/);
          // At most the bits that share a character with what is around it are left.
          const left = Buffer.from(shown.replace("[redacted]", ""), encoding).toString("latin1");
          assert.doesNotMatch(left, /long|secr|enou/);
          assert.ok(shown.length - 10 <= text.length - 24, shown);
        }
      }
    }
  });

  test("by its lines of eight or more characters", () => {
    const redaction = redactionOf(
      "-----BEGIN KEY-----\r\n  c2VjcmV0c2VjcmV0\nshort\nlast-line-of-it\n",
    );
    assert.equal(redaction.text("c2VjcmV0c2VjcmV0"), "[redacted]");
    assert.equal(redaction.text("it says last-line-of-it"), "it says [redacted]");
    assert.equal(redaction.text(btoa("last-line-of-it")), "[redacted]");
    assert.equal(redaction.text("a short text"), "a short text");
  });

  test("as bytes", () => {
    const redaction = redactionOf(new Uint8Array([1, 2, 3, 250, 251, 252]));
    assert.equal(redaction.text("010203fafbfc"), "[redacted]");
    assert.equal(redaction.text(btoa("\x01\x02\x03\xfa\xfb\xfc")), "[redacted]");
    assert.deepEqual(redaction.value({ n: 1 }), { n: 1 });
  });

  test("the longest of several, and what follows it", () => {
    const redaction = redactionOf("abcd", "abcdef", "efghij", "cdef-and-more");
    assert.equal(redaction.text("abcdef"), "[redacted]");
    assert.equal(redaction.text("abcdefghij"), "[redacted]ghij");
    assert.equal(redaction.text("abcdefabcd"), "[redacted][redacted]");
    assert.equal(redaction.text("xabcdx"), "x[redacted]x");
    assert.equal(redaction.text("abc abce bcd"), "abc abce bcd");
    assert.equal(redaction.text("xcdef-and-more."), "x[redacted].");
  });

  test("by a beginning of sixty-four characters", () => {
    const secret = Array.from({ length: 40 }, (_, i) => `part${i}`).join("-");
    const redaction = redactionOf(secret);
    assert.equal(redaction.text(secret.slice(0, 100) + "…"), "[redacted]…");
    assert.equal(redaction.text(secret.slice(0, 50) + "…"), secret.slice(0, 50) + "…");
  });
});

test("thousands of secrets and megabytes of text take linear time", () => {
  const redaction = createRedaction();
  const secrets = Array.from({ length: 2_000 }, (_, i) => `eyJhbGciOiJIUzI1NiJ9.${i * 7919}.${i}x`);
  const began = performance.now();
  for (const secret of secrets) redaction.add(secret);
  const clean = "eyJhbGciOiJIUzI1NiJ9 is a header, and nothing more. ".repeat(40_000);
  assert.equal(redaction.text(clean), clean);
  const dirty = secrets.join(" ");
  assert.equal(redaction.text(dirty), secrets.map(() => "[redacted]").join(" "));
  const took = performance.now() - began;
  assert.ok(took < 15_000, `it took ${Math.round(took)} ms`);
});

test("a secret that repeats itself takes linear time", () => {
  const redaction = redactionOf("a".repeat(20_000) + "b", "ab".repeat(10_000) + "c");
  const began = performance.now();
  redaction.text("a".repeat(1_000_000));
  redaction.text("ab".repeat(500_000));
  redaction.text(("a".repeat(60) + "c").repeat(20_000));
  const took = performance.now() - began;
  assert.ok(took < 15_000, `it took ${Math.round(took)} ms`);
});

test("a secret as large as a file is found", () => {
  const secret = Array.from({ length: 100_000 }, (_, i) => String(i)).join("");
  const redaction = redactionOf(secret);
  assert.equal(redaction.text(`<${secret}>`), "<[redacted]>");
  assert.equal(redaction.text(btoa(secret)), "[redacted]");
});
