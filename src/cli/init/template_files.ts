/** The files of the starter apps that `digly init --template` creates, besides the API. */

/** A worker: a schedule puts jobs into a queue, and a worker does them. */
export function workerFiles(name: string): Record<string, string> {
  return {
    "runtime.yaml":
      `# A worker: a schedule publishes jobs to a queue, and a worker executes a script for each.
name: ${name}
version: 0.1.0
imports:
  - digly:javascript
  - digly:queue
  - digly:schedule
---
# The messages are in memory; \`url: sqlite:./jobs.db\` or \`postgres://…\` keeps them
kind: Queue.Queue
metadata: { name: Jobs }
url: "memory:"
maxDeliver: 5
---
kind: Queue.Publish
metadata: { name: Add }
queue: Queue.Queue.Jobs
---
kind: Queue.Worker
metadata: { name: Worker }
queue: Queue.Queue.Jobs
execute: JavaScript.Script.Work
concurrency: 4
---
kind: Schedule.Every
metadata: { name: Minute }
every: 1m
execute: Queue.Publish.Add
# \${{ }} is evaluated later, here for each run
inputs: { planned: "\${{ run.scheduled }}" }
---
kind: JavaScript.Script
metadata: { name: Work }
code: |
  function main({ planned }, { log }) {
    log.info(\`The job of \${planned} is done\`);
    return { done: planned };
  }
`,
    "worker.test.yaml": `# Run it with \`digly test\`.
kind: Test.Case
metadata: { name: DoesAJob }
app: .
steps:
  - { name: job, execute: JavaScript.Script.Work, input: { planned: now } }
expect:
  - "step.job.result == {'done': 'now'}"
  - logs.exists(l, l.message == 'The job of now is done')
---
# The clock does not move until it is advanced, so nothing has to be waited for.
kind: Test.Case
metadata: { name: PublishesEveryMinute }
app: .
serve: true
mock:
  Clock: { now: 2026-01-01T00:00:00Z }
  Queue.Publish.Add: { returns: null }
steps:
  - advance: 3m
expect:
  - events.filter(e, e.event == 'Queue.Publish.Executed').size() == 3
`,
  };
}

/** A pipeline: steps that use the results of the steps before them. */
export function pipelineFiles(name: string): Record<string, string> {
  return {
    "runtime.yaml": `# A pipeline: steps that execute resources and use the results of those before.
name: ${name}
version: 0.1.0
imports:
  - digly:javascript
  - digly:pipeline
---
kind: Pipeline.Job
metadata: { name: Order }
inputSchema: { customer: string, items: { type: array, items: { type: string } } }
steps:
  - name: prices
    # Once for each item, four at a time
    for: input.items
    concurrency: 4
    execute: JavaScript.Script.Price
    inputs: { item: "\${{ item }}" }
    retry: { attempts: 3, backoff: 100ms }
  - name: receipt
    execute: JavaScript.Script.Receipt
    inputs: { customer: "\${{ input.customer }}", prices: "\${{ steps.prices.output }}" }
output: \${{ steps.receipt.output }}
---
kind: JavaScript.Script
metadata: { name: Price }
code: |
  function main({ item }) { return item.length; }
---
kind: JavaScript.Script
metadata: { name: Receipt }
code: |
  function main({ customer, prices }) {
    return { customer, total: prices.reduce((sum, price) => sum + price, 0) };
  }
`,
    "order.test.yaml": `# Run it with \`digly test\`.
kind: Test.Case
metadata: { name: AddsThePrices }
app: .
mock: { JavaScript.Script.Price: { returns: 12 } }
steps:
  - name: order
    execute: Pipeline.Job.Order
    input: { customer: Ada, items: [book, pen] }
expect:
  - "step.order.result == {'customer': 'Ada', 'total': 24}"
`,
  };
}

/** Tools for language models. */
export function toolsFiles(name: string): Record<string, string> {
  return {
    "runtime.yaml":
      `# Tools for language models, by the Model Context Protocol. A program that starts
# \`digly <this folder>\` talks to it over standard input and output.
name: ${name}
version: 0.1.0
imports:
  - digly:javascript
  - digly:mcp
---
kind: Mcp.Server
metadata: { name: Main }
transport: stdio # or \`http\`, mounted on an Http.Server
tools: [JavaScript.Script.Add, JavaScript.Script.Roll]
---
# The name, the description and the schema of a tool are those of the resource.
kind: JavaScript.Script
metadata: { name: Add, description: Adds two numbers }
inputSchema: { a: number, b: number }
code: |
  function main({ a, b }) { return { sum: a + b }; }
---
kind: JavaScript.Script
metadata: { name: Roll, description: Rolls a die with some number of sides }
inputSchema: { sides: { type: integer, minimum: 2 } }
code: |
  function main({ sides }) { return { rolled: 1 + Math.floor(Math.random() * sides) }; }
`,
    "tools.test.yaml": `# Run it with \`digly test\`.
kind: Test.Case
metadata: { name: Adds }
app: .
steps:
  - { execute: JavaScript.Script.Add, input: { a: 2, b: 3 } }
expect:
  - steps[0].result.sum == 5
---
kind: Test.Case
metadata: { name: RollsOnlyDice }
app: .
steps:
  - { name: die, execute: JavaScript.Script.Roll, input: { sides: 6 } }
  - { name: coin, execute: JavaScript.Script.Roll, input: { sides: 1 } }
expect:
  - step.die.result.rolled in [1, 2, 3, 4, 5, 6]
  - step.coin.error.code == 'ERR_INPUT_INVALID'
`,
  };
}
