/**
 * What an execution costs: with nobody listening, in a process with a role, with interceptors, with a
 * listener, with the event stream on.
 * Every round runs all cases, so that the ratios hold on a machine whose speed changes.
 */
import { execFileSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { executing, of, started, URN } from "./dispatch/app.ts";
import { measureStream, WRITING } from "./dispatch/stream.ts";
import { interleave, type Row, type Table } from "./measure.ts";

const root = fileURLToPath(new URL("../", import.meta.url));

// deno-lint-ignore require-await
const bare = async (input: unknown): Promise<unknown> => input;

/** What the tables of the event stream have in common. */
const STREAM = {
  unit: "ns",
  goals: [{ against: WRITING, atMost: 1.5 }],
  note: "Both events of an execution are in the file before it continues.",
} as const;

/** Measures this question. */
export async function measure(quick: boolean): Promise<Table[]> {
  const silent = await started();
  const inCluster = await started(undefined, ["all"]);
  const beside = await started("App.Echo.b");
  const around = await started(URN);
  const elsewhere = await started();
  elsewhere.on("Runtime.Stopped", () => {});
  const observed = await started();
  observed.on("App.Echo.Executed", () => {});
  try {
    return [{
      title: "One execution, its context included",
      unit: "ns",
      rows: await interleave([
        executing("digly, nobody listens", of(silent)),
        executing("digly, a process with a role", of(inCluster)),
        executing("a bare async function", { execute: (_urn, input) => bare(input) }),
        executing("digly, an interceptor of another resource", of(beside)),
        executing("digly, an interceptor around it", of(around)),
        executing("digly, one listens to something else", of(elsewhere)),
        executing("digly, one listens to it", of(observed)),
      ], quick ? 5 : 15),
      note: "Meant to stay within 1 µs of the bare function while nobody listens.",
    }, {
      title: "One execution with the event stream on",
      ...STREAM,
      rows: await measureStream(quick),
    }, {
      title: "One execution with the event stream on, on Bun",
      ...STREAM,
      rows: measureStreamOnBun(quick),
    }];
  } finally {
    for (const kernel of [silent, inCluster, beside, around, elsewhere, observed]) {
      await kernel.stop();
    }
  }
}

function measureStreamOnBun(quick: boolean): Row[] {
  const file = fileURLToPath(new URL("dispatch/stream.ts", import.meta.url));
  const text = execFileSync(root + "node_modules/.bin/bun", [file, ...(quick ? ["--quick"] : [])], {
    encoding: "utf8",
  });
  return JSON.parse(text);
}
