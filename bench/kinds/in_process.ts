/** Kinds that need nothing but this process and its files. */
import { writeFileSync } from "node:fs";
import { appendFile, open, readFile, rename } from "node:fs/promises";
import { join } from "node:path";
import { Ajv } from "ajv";
import { bootResources } from "../boot_app.ts";
import { ENTRY, type Opened, queue, store, USER } from "./pairs.ts";

const SCHEMA = {
  type: "object",
  required: ["id", "name"],
  properties: { id: { type: "integer", minimum: 1 }, name: { type: "string", maxLength: 100 } },
  additionalProperties: false,
};

const LINE = { text: `${"x".repeat(99)}\n` };

/** Opens them, with a file in `folder`. */
export async function openInProcess(folder: string): Promise<Opened> {
  const path = join(folder, "text.txt");
  writeFileSync(path, "x".repeat(1_000));
  const app = await bootResources(`${store("memory:")}${queue("memory:")}---
kind: JavaScript.Script
metadata: { name: Double }
code: "const main = ({ n }) => ({ n: n * 2 });"
---
kind: Pipeline.Job
metadata: { name: Double }
steps: [{ execute: JavaScript.Script.Double, inputs: "\${{ input }}" }]
---
kind: Data.Type
metadata: { name: User }
schema: ${JSON.stringify(SCHEMA)}
---
kind: File.Read
metadata: { name: Text }
root: ${JSON.stringify(folder)}
path: text.txt
---
kind: File.Write
metadata: { name: Replace }
root: ${JSON.stringify(folder)}
path: replaced.txt
content: "\${{ input.text }}"
---
kind: File.Write
metadata: { name: Append }
root: ${JSON.stringify(folder)}
path: log.txt
content: "\${{ input.text }}"
append: true
`);
  const map = new Map<string, string>();
  const double = ({ n }: { n: number }) => ({ n: n * 2 });
  const isValid = new Ajv({ allErrors: true }).compile(SCHEMA);
  const user = { id: 1, name: "Ada" };
  await app.execute("Kv.Set.Set", ENTRY);
  map.set("a", JSON.stringify(USER));
  const messages: string[] = [];
  return {
    pairs: [
      {
        title: "JavaScript.Script",
        calls: 20_000,
        digly: () => app.execute("JavaScript.Script.Double", { n: 1 }),
        byHand: () => Promise.resolve(double({ n: 1 })),
      },
      {
        title: "Pipeline.Job of one script",
        calls: 10_000,
        digly: () => app.execute("Pipeline.Job.Double", { n: 1 }),
        byHand: () => Promise.resolve(double({ n: 1 })),
      },
      {
        title: "Data.Type",
        calls: 20_000,
        digly: () => app.execute("Data.Type.User", user),
        byHand: () => Promise.resolve(isValid(user)),
      },
      {
        title: "Kv.Get in memory",
        calls: 20_000,
        digly: () => app.execute("Kv.Get.Get", ENTRY),
        byHand: () => Promise.resolve(JSON.parse(map.get("a")!)),
      },
      {
        title: "Kv.Set in memory",
        calls: 20_000,
        digly: () => app.execute("Kv.Set.Set", ENTRY),
        byHand: () => Promise.resolve(map.set("a", JSON.stringify(USER))),
      },
      {
        title: "Queue.Publish in memory",
        calls: 10_000,
        digly: () => app.execute("Queue.Publish.Main", USER),
        byHand: () => Promise.resolve(messages.push(JSON.stringify(USER))),
      },
      {
        title: "File.Read",
        calls: 1_000,
        digly: () => app.execute("File.Read.Text"),
        byHand: () => readFile(path, "utf8"),
      },
      {
        title: "File.Write",
        calls: 60,
        digly: () => app.execute("File.Write.Replace", LINE),
        byHand: () => replace(join(folder, "replaced by hand.txt"), LINE.text),
      },
      {
        title: "File.Write at the end",
        calls: 1_000,
        digly: () => app.execute("File.Write.Append", LINE),
        byHand: () => appendFile(join(folder, "log by hand.txt"), LINE.text),
      },
    ],
    close: () => app.stop(),
  };
}

/** Replaces a file so that a crash leaves the old or the new content, as `File.Write` does. */
async function replace(path: string, text: string): Promise<void> {
  const temporary = `${path}.tmp`;
  const file = await open(temporary, "wx");
  try {
    await file.writeFile(text);
    await file.sync();
  } finally {
    await file.close();
  }
  await rename(temporary, path);
}
