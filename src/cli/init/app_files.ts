/** The app that `digly init` writes. */

/** Its files by name. */
export function appFiles(name: string): Record<string, string> {
  return {
    "runtime.yaml":
      `# An app. The first document is its manifest: what it is called and which modules it uses.
name: ${name}
version: 0.1.0
imports:
  - digly:http # brings Http.Server and Http.Route; \`digly kinds .\` shows every kind
  - digly:javascript # brings JavaScript.Script
---
# Every further document is a resource: a kind, a name, and the fields of its kind.
kind: Http.Server
metadata: { name: Main }
# \${ } is evaluated while the app is loaded: here, another port for \`PORT=3000 digly .\`
port: "\${ has(env.PORT) ? int(env.PORT) : 8080 }"
mounts:
  - { path: /, type: Http.Route.Hello } # Kind.Name is how resources refer to each other
---
kind: Http.Route
metadata: { name: Hello }
request:
  method: GET
  path: /
handler:
  name: JavaScript.Script.Greet
  inputs:
    # \${{ }} waits until its names are known: here, for each request
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
  };
}
