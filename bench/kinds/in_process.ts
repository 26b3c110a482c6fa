/** Kinds that need nothing but this process and its files. */
import { writeFileSync } from "node:fs";
import { readFile } from "node:fs/promises";
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
    ],
    close: () => app.stop(),
  };
}
