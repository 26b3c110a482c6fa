/** Apps with a database. */
import { bootApp, type TestApp, type TestAppOptions } from "../../../../testing.ts";

/** The connection, and a script that runs code of the test's choice. */
function preamble(url: string, fields: string): string {
  return `name: Test
imports: [digly:sql, digly:javascript, digly:core, digly:http]
---
kind: Sql.Connection
metadata: { name: Main }
url: ${JSON.stringify(url)}
${fields}
`;
}

/** Boots an app with the connection `Main` and these resources. */
export function bootSql(
  url: string,
  resources: string,
  { fields = "", ...options }: { readonly fields?: string } & TestAppOptions = {},
): Promise<TestApp> {
  return bootApp({ manifest: preamble(url, fields) + resources, ...options });
}

/** A resource `Sql.Query.<name>` of the connection `Main`. */
export function query(name: string, text: string, fields = ""): string {
  return `---
kind: Sql.Query
metadata: { name: ${name} }
connection: Sql.Connection.Main
text: ${JSON.stringify(text)}
${fields}
`;
}

/** A transaction `Sql.Transaction.<name>` around a script with this code. */
export function transaction(name: string, code: string): string {
  return `---
kind: Sql.Transaction
metadata: { name: ${name} }
connection: Sql.Connection.Main
execute: JavaScript.Script.${name}
---
kind: JavaScript.Script
metadata: { name: ${name} }
code: ${JSON.stringify(`async function main(input, ctx) { ${code} }`)}
`;
}
