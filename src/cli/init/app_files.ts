/** The files of the starter app that `digly init` creates. */

/** Texts by file name. */
export function appFiles(name: string): Record<string, string> {
  return {
    "runtime.yaml":
      `# The first document is the manifest of the app: its name and the modules it imports.
name: ${name}
version: 0.1.0
imports:
  - digly:http # provides Http.Server and Http.Route; \`digly kinds .\` lists every kind
  - digly:javascript # provides JavaScript.Script
---
# Every other document is a resource: a kind, a name, and the fields of its kind.
kind: Http.Server
metadata: { name: Main }
# \${ } is evaluated when the app is loaded; \`PORT=3000 digly .\` uses another port
port: "\${ has(env.PORT) ? int(env.PORT) : 8080 }"
mounts:
  - { path: /, type: Http.Route.Hello } # resources refer to each other by Kind.Name
---
kind: Http.Route
metadata: { name: Hello }
request:
  method: GET
  path: /
handler:
  name: JavaScript.Script.Greet
  inputs:
    # \${{ }} is evaluated later, here for each request
    name: "\${{ request.query.?name.orValue('World') }}"
---
kind: JavaScript.Script
metadata: { name: Greet }
inputSchema: { name: { type: string, minLength: 1 } }
code: |
  function main({ name }) {
    return { greeting: \`Hello \${name}!\` };
  }
`,
    "hello.test.yaml": `# Run it with \`digly test\`.
kind: Test.Case
metadata: { name: Greets }
app: .
steps:
  - { http: { path: "/?name=Ada" } }
expect:
  - steps[0].response.status == 200
  - steps[0].response.body.greeting == 'Hello Ada!'
`,
  };
}
