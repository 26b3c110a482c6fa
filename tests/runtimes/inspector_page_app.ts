/** The app that the page of the inspector is tested with. */

export const APP = `name: Shop
version: 1.2.0
imports: [digly:http, digly:javascript, digly:schedule, digly:data, digly:console]
---
kind: Http.Server
metadata: { name: Main }
port: "\${ int(env.PORT) }"
mounts: [{ type: Http.Route.Order }, { type: Http.Route.Ping }, { type: Http.Api.Cups }]
---
kind: Http.Route
metadata: { name: Order }
request:
  method: POST
  path: /orders/:item
  schema:
    body: { type: object, required: [quantity], properties: { quantity: { type: integer, minimum: 1 } } }
handler:
  name: JavaScript.Script.Order
  inputs: { item: "\${{ request.params.item }}", quantity: "\${{ request.body.quantity }}" }
response: { status: 201, body: { total: "\${{ result.total }}" } }
---
kind: Http.Route
metadata: { name: Ping }
request: { path: /ping }
handler: { name: JavaScript.Script.Price, inputs: { item: cup } }
---
kind: Http.Api
metadata: { name: Cups }
routes:
  - request:
      path: /cups/:size
      schema: { query: { type: object, properties: { full: { type: boolean } } } }
    summary: Finds cups
    response: { body: { size: "\${{ request.params.size }}", full: "\${{ request.query.?full.orValue(false) }}" } }
  - request: { method: DELETE, path: "/cups/:size" }
    response: { status: 204 }
---
kind: JavaScript.Script
metadata: { name: Order }
inputSchema: { item: string, quantity: integer }
code: |
  async function main({ item, quantity }, ctx) {
    const { price } = await ctx.execute("JavaScript.Script.Price", { item });
    ctx.log.info("Ordered", { item });
    return { total: price * quantity };
  }
---
kind: JavaScript.Script
metadata: { name: Price }
inputSchema: { item: string }
code: |
  function main({ item }) {
    if (item === "piano") throw new Error("Nobody sells a piano");
    return { price: item.length };
  }
---
kind: Schedule.Cron
metadata: { name: Nightly }
cron: "0 3 * * *"
execute: JavaScript.Script.Price
inputs: { item: night }
`;
