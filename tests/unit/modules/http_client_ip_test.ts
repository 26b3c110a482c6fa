import assert from "node:assert/strict";
import { test } from "node:test";
import { createClientIp, isNetwork, type TrustProxy } from "../../../src/modules/http/client_ip.ts";

function ipOf(trustProxy: TrustProxy, peer: string | undefined, forwarded?: string): string {
  const headers = forwarded === undefined ? {} : { "x-forwarded-for": forwarded };
  const request = new Request("http://localhost/", { headers });
  const target = {
    path: "/",
    search: "",
    scheme: "http",
    host: "localhost",
    hostName: "localhost",
  } as const;
  return createClientIp(trustProxy)(request, { ...target, peer: () => peer });
}

test("without `trustProxy`, the address is that of the connection", () => {
  assert.equal(ipOf(false, "192.0.2.1", "198.51.100.1"), "192.0.2.1");
  assert.equal(ipOf(0, "::ffff:192.0.2.1", "198.51.100.1"), "192.0.2.1");
  assert.equal(ipOf(false, "FE80::1%eth0"), "fe80::1");
  assert.equal(ipOf(false, undefined), "");
});

test("`trustProxy` counts proxies from the end of the header", () => {
  const forwarded = "198.51.100.9, 198.51.100.1 , 10.0.0.2:8080";
  assert.equal(ipOf(true, "10.0.0.1", forwarded), "10.0.0.2");
  assert.equal(ipOf(2, "10.0.0.1", forwarded), "198.51.100.1");
  assert.equal(ipOf(9, "10.0.0.1", forwarded), "198.51.100.9");
  assert.equal(ipOf(true, "10.0.0.1"), "10.0.0.1");
  assert.equal(ipOf(true, "10.0.0.1", "[2001:db8::1]:443"), "2001:db8::1");
  for (const bad of ["unknown", "", "1.2.3", "1.2.3.4.5", "::1::", "<script>", "999.1.1.1"]) {
    assert.equal(ipOf(true, "10.0.0.1", bad), "10.0.0.1", bad);
  }
});

test("`trustProxy` may list addresses and networks", () => {
  const trusted = ["10.0.0.0/8", "2001:db8::/33", "127.0.0.1"];
  assert.equal(ipOf(trusted, "10.200.0.1", "1.1.1.1, 2001:db8:7fff::1"), "1.1.1.1");
  assert.equal(ipOf(trusted, "10.200.0.1", "1.1.1.1, 2001:db8:8000::1"), "2001:db8:8000::1");
  assert.equal(ipOf(trusted, "11.0.0.1", "1.1.1.1"), "11.0.0.1");
  assert.equal(ipOf(trusted, "127.0.0.1", "1.1.1.1, 127.0.0.1"), "1.1.1.1");
  assert.equal(ipOf(trusted, undefined, "1.1.1.1"), "");
});

test("addresses and networks are distinguished from other text", () => {
  for (const text of ["1.2.3.4", "1.2.3.0/24", "::/0", "::1", "2001:db8::1.2.3.4", "0.0.0.0/0"]) {
    assert.equal(isNetwork(text), true, text);
  }
  for (const text of ["", "localhost", "1.2.3", "1.2.3.4/33", "01.2.3.4", "::1/129", "1::2::3"]) {
    assert.equal(isNetwork(text), false, text);
  }
});
