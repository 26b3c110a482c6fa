/**
 * `digly check` of two apps with every mistake that it finds, on every form: the same errors at the
 * same places. One app has mistakes that keep a document from being read, which hide the errors of
 * references, since the document could be what they name.
 */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { forms, run, tempApp, transcriptOf } from "./forms.ts";

const UNREADABLE = {
  "runtime.yaml": `name: App
imports: [digly:console]
resources: [resources]
---
kind: Console.WriteLine
metadata: { name: Hello }
output: Hello
`,
  "resources/1.yaml": "kind: Console.WriteLine\nmetadata:\n  name: a\n   x: 1\n",
  "resources/2.yaml": "metadata: { name: a }\n",
  "resources/3.yaml": "kind: Console.WriteLine\noutput: x\n",
  "resources/4.yaml": "kind: Console.WriteLine\nmetadata:\nname: Flat\noutput: x\n",
  "resources/5.yaml": "kind: Console.WriteLine\nmetadata: { name: Hello }\noutput: again\n",
};

const UNREADABLE_ERRORS = `\
error[ERR_MANIFEST_INVALID]: A key is not allowed here: the line above already has a value
  --> resources/1.yaml:4:4
  help: Indent it like the line above, or remove the value there
error[ERR_MANIFEST_INVALID]: The resource has no \`kind\`
  --> resources/2.yaml:1:1
  help: Add one, such as \`kind: Http.Server\`
error[ERR_MANIFEST_INVALID]: The resource has no \`metadata.name\`
  --> resources/3.yaml:1:1
  help: Add \`metadata: { name: … }\`
error[ERR_MANIFEST_INVALID]: \`name\` must be indented below \`metadata\`
  --> resources/4.yaml:3:1
  help: Indent \`name\` by two spaces, so that it belongs to \`metadata\` above it
error[ERR_DUPLICATE_RESOURCE]: Two resources are named Console.WriteLine.Hello
  --> resources/5.yaml:2:19
  also: runtime.yaml:6:19: the first one
  help: Rename one of them
5 errors
`;

const WRONG = {
  "runtime.yaml": `name: App
imports: [digly:console, digly:http, digly:javascript]
importEntrypoints: { ./part: [./part.js] }
resources: [wrong]
definitions: [part.yaml]
---
kind: Console.WriteLine
metadata: { name: Hello }
output: Hello
`,
  "part.yaml": `kind: Runtime.Definition
metadata: { name: Part, resourceKind: Part }
schema: { type: object, properties: { size: { type: intger } } }
events: [Made, Made]
`,
  "wrong/kinds.yaml": `kind: Console.WriteLin
metadata: { name: Typo }
output: x
---
kind: Sql.Query
metadata: { name: Far }
`,
  "wrong/routes.yaml": `kind: Http.Server
metadata: { name: Main }
port: "\${ env.PORT }"
---
kind: Http.Server
metadata: { name: Other }
port: 8081
mounts: [{ type: Console.WriteLine.Hello }]
---
kind: Http.Server
metadata: { name: Third }
port: 8082
mounts: [{ path: /one, type: Http.Api.One }, { path: /, type: Http.Api.Two }]
---
kind: Http.Api
metadata: { name: One }
routes: [{ request: { path: /same/:a } }]
---
kind: Http.Api
metadata: { name: Two }
routes: [{ request: { path: /one/same/:b } }]
---
kind: Http.Api
metadata: { name: Three }
routes:
  - { request: { path: / }, handler: JavaScript.Script.Gret }
  - { request: { path: /n, schema: { query: { properties: { n: { type: intger } } } } } }
`,
  "wrong/scripts.yaml": `kind: JavaScript.Script
metadata: { name: Greet }
code: |
  const main = () => 1;
  const x = = 2;
---
kind: JavaScript.Script
metadata: { name: Mixed }
code: |
  const main = () => "\${{ JavaScript.Script.Greet.code }}";
`,
  "wrong/texts.yaml": `kind: Console.WriteLine
metadata: { name: Shout }
output: "\${ 'a'.upper() }"
---
kind: Console.WriteLine
metadata: { name: Refers }
output: "\${{ Console.WriteLine.Helo.output }}"
---
kind: Console.WriteLine
metadata: { name: Unknown }
outptu: x
`,
};

const WRONG_ERRORS = `\
error[ERR_SCHEMA_VALIDATION]: The schema of the kind App.Part is invalid: "intger" is not a type
  --> part.yaml:3:53
  help: Did you mean "integer"?
warning[WARN_NO_EFFECT]: The event "Made" is duplicated
  --> part.yaml:4:16
  help: Remove one of them
warning[WARN_UNUSED_ENTRYPOINTS]: importEntrypoints names "./part", which is not an import of this module
  --> runtime.yaml:3:22
  help: Add it to \`imports\`, or remove it here
error[ERR_CONTROLLER_NOT_FOUND]: No controller found for resource: Console.WriteLin.Typo
  No controller found for resource: Sql.Query.Far
  --> wrong/kinds.yaml:1:7
  also: wrong/kinds.yaml:5:7: Sql.Query.Far: Add "digly:sql" to \`imports\` of the runtime.yaml
  help: Did you mean "Console.WriteLine"?
error[ERR_SCHEMA_VALIDATION]: Http.Server.Main: \`port\` must be an integer
  --> wrong/routes.yaml:3:7
  help: A variable of the environment is a string: write port: "\${ int(env.PORT) }"
error[ERR_SCHEMA_VALIDATION]: Http.Server.Other: \`mounts[0].type\` must name a resource of the kind Http.Mount
  --> wrong/routes.yaml:8:18
  help: Such resources are Http.Api.One, Http.Api.Two, Http.Api.Three
error[ERR_RESOURCE_INVALID]: Http.Api.Two: GET /one/same/:a of Http.Api.One and GET /one/same/:b of Http.Api.Two answer the same requests
  --> wrong/routes.yaml:21:29
  also: wrong/routes.yaml:17:29: GET /one/same/:a of Http.Api.One
  help: Change the method or path of one of them, or give their servers different \`hosts\`
error[ERR_SCHEMA_VALIDATION]: Http.Api.Three: \`routes[0].handler\` does not name a resource
  --> wrong/routes.yaml:26:38
  help: Did you mean "JavaScript.Script.Greet"?
error[ERR_SCHEMA_VALIDATION]: Http.Api.Three: \`routes[1].request.schema.query\` is not a valid JSON Schema: "intger" is not a type
  --> wrong/routes.yaml:27:72
  help: Did you mean "integer"?
error[ERR_CREATE_FAILED]: Creating JavaScript.Script.Greet failed: its code has a syntax error: unexpected "="
  --> wrong/scripts.yaml:5:13
warning[WARN_EXPRESSION_IN_CODE]: \${{ JavaScript.Script.Greet.code }} is not evaluated in code
  --> wrong/scripts.yaml:10:23
  help: Expressions are not evaluated in code: pass the value as input, and read it from \`input\`
error[ERR_COMPILATION_FAILED]: There is no method "upper"
  --> wrong/texts.yaml:3:17
  help: Write x.upperAscii()
error[ERR_REFERENCE_UNRESOLVED]: \${{ Console.WriteLine.Helo.output }} names Console.WriteLine.Helo.output, which does not exist
  --> wrong/texts.yaml:7:32
  help: Did you mean "Console.WriteLine.Hello"?
error[ERR_SCHEMA_VALIDATION]: Console.WriteLine.Unknown: \`outptu\` is not a known field; did you mean "output"?
  --> wrong/texts.yaml:11:1
11 errors, 3 warnings
`;

/** What a report says, without the lines of the files that it shows. */
function outline(report: string): string {
  return report.split("\n").filter((line) => !/^ *(\d+ )?\|/.test(line) && line !== "")
    .join("\n") + "\n";
}

for (
  const [name, files, errors] of [
    ["documents that cannot be read", UNREADABLE, UNREADABLE_ERRORS],
    ["documents that are wrong", WRONG, WRONG_ERRORS],
  ] as const
) {
  describe(`check reports ${name}`, { concurrency: 2 }, () => {
    const cwd = tempApp(files);
    for (const form of forms) {
      test(form.name, async () => {
        const ended = await run(form, ["check", "."], { cwd, env: { PORT: "8080" } });
        assert.equal(ended.code, 1, transcriptOf(ended));
        assert.equal(outline(ended.stderr), errors);
        assert.equal(ended.stdout, "");
      });
    }
  });
}
