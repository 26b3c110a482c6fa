/** What every transport must do, with two kernels in one process. */
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import type { Context } from "../../../src/contract/execution.ts";
import { type DiglyError, isDiglyError } from "../../../src/contract/errors.ts";
import type { EventRecord } from "../../../src/contract/events.ts";
import type { Leadership } from "../../../src/contract/transport.ts";
import type { Controller } from "../../../src/contract/module.ts";
import { app, type AppOptions, type RecordedApp, resource } from "../app.ts";

/** A transport to test. */
export interface TestedTransport {
  /** The document of the resource; it has the roles and events of {@link ROLES}. */
  readonly document: string;
  /** What an app needs for it. */
  readonly app: Pick<AppOptions, "imports" | "builtins" | "kinds" | "definitions">;
}

/** The fields of the transport's resource. */
export const ROLES = `
events: [Test.Job.Told, "Shop.*"]
roles:
  gateway: { runs: ["Test.Front.*"] }
  worker: { runs: ["Test.Job.*"] }
`;

type Work = (input: unknown, ctx: Context, tell: (what: unknown) => Promise<void>) => unknown;

const JOBS: Readonly<Record<string, Work>> = {
  echo: (input) => input,
  context: (_, { chain, depth, traceId, values, deadline }: Context & { chain?: unknown }) => ({
    chain,
    depth,
    traceId,
    values,
    left: deadline === undefined ? null : deadline - Date.now(),
  }),
  fail: () => {
    throw new TypeError("no such thing", { cause: new Error("inner") });
  },
  code: (_, ctx) => {
    throw ctx.fail("Shop.SoldOut", "There is none left", { status: 409, data: { left: 0 } });
  },
  wait: (_, { signal }) =>
    new Promise((_resolve, reject) =>
      signal.addEventListener("abort", () => reject(signal.reason), { once: true })
    ),
  async *count(input) {
    for (let i = 0; i < Number(input); i++) yield { i, at: new Date(i) };
  },
  async *broken() {
    yield 1;
    await Promise.resolve();
    throw new Error("broken off");
  },
  bytes: () => new Response("x".repeat(100_000), { status: 201, headers: { "x-a": "b" } }),
  function: () => ({ deep: [() => 1] }),
  tell: async (input, ctx, tell) => {
    await tell(input);
    await ctx.emit("Shop.Ordered", { input });
    return "told";
  },
};

const RESOURCES = [
  ...Object.keys(JOBS).map((name) => resource("Job", name)),
  resource("Front", "Call"),
  resource("Chair", "One"),
].join("---\n");

/** Runs the suite. */
export function transportSuite(
  name: string,
  transport: () => Promise<TestedTransport | string>,
): void {
  describe(`the transport ${name}`, () => {
    let gateway: RecordedApp | undefined;
    let worker: RecordedApp | undefined;
    const heard: EventRecord[] = [];
    /** What became of the election that every node takes part in. */
    const elected: string[] = [];
    const candidates = new Map<string, Leadership>();
    let onElected = () => {};
    const chairOf = (role: string): Controller => ({
      create: (_resource, ctx) => ({
        async start() {
          candidates.set(
            role,
            await ctx.lead({
              onElected(note) {
                elected.push(`${role} ${note}`);
                onElected();
              },
              onLost: () => void elected.push(`${role} lost`),
            }),
          );
        },
      }),
    });

    before(async (t) => {
      const tested = await transport();
      if (typeof tested === "string") {
        (t as unknown as { skip?: (why: string) => void }).skip?.(tested);
        throw new Error(tested);
      }
      const make = (roles: readonly string[]) =>
        app({
          ...tested.app,
          resources: `${tested.document}\n${ROLES}\n---\n${RESOURCES}`,
          kinds: { ...tested.app.kinds, Job: job, Front: front, Chair: chairOf(roles[0]!) },
          definitions: { ...tested.app.definitions, Job: "events: [Told]\nerrors: '*'" },
          roles,
        });
      worker = make(["worker"]);
      gateway = make(["gateway"]);
      for (const { kernel } of [worker, gateway]) {
        await kernel.load("/app/runtime.yaml");
        await kernel.start();
      }
      gateway.kernel.on("*", (_, record) => {
        if (record.node !== undefined) heard.push(record);
      });
    });
    after(async () => {
      await gateway?.kernel.stop();
      await worker?.kernel.stop();
    });

    const run = (name: string, input?: unknown, options = {}) =>
      gateway!.kernel.execute(`Test.Job.${name}`, input, options);
    const failure = async (work: Promise<unknown>): Promise<DiglyError> => {
      const error: unknown = await work.then(
        () => assert.fail("It did not fail"),
        (error) => error,
      );
      assert.ok(isDiglyError(error), String(error));
      return error;
    };

    test("creates a resource only where its role is", () => {
      const created = (recorded: RecordedApp) =>
        recorded.story().filter((line) => line.startsWith("Test.Job.Initialized")).length;
      assert.equal(created(worker!), Object.keys(JOBS).length);
      assert.equal(created(gateway!), 0);
    });

    test("carries data, dates, bytes and large integers by value", async () => {
      const input = {
        text: "ä\u0000😀",
        list: [1.5, null, true, { $date: "no date" }],
        when: new Date(1_700_000_000_000),
        bytes: new Uint8Array([0, 1, 255]),
        big: 10n ** 30n,
      };
      assert.deepEqual(await run("echo", input), input);
      assert.equal(await run("echo", undefined), null);
      const large = "y".repeat(3_000_000);
      assert.equal(await run("echo", large), large);
    });

    test("refuses what is not data, and says where it is", async () => {
      const sent = await failure(run("echo", { a: { b: () => 1 } }));
      assert.equal(sent.code, "ERR_EXECUTION_FAILED");
      assert.match(sent.message, /`a\.b` is a function/);
      const result = await failure(run("function"));
      assert.match(result.message, /deep\[0\]/);
    });

    test("continues the chain, the depth, the trace, the values and the deadline", async () => {
      const traceId = "0af7651916cd43dd8448eb211c80319c";
      const result = await gateway!.kernel.execute("Test.Front.Call", "context", {
        traceId,
        values: { user: "ada" },
        deadline: Date.now() + 20_000,
      }) as Record<string, unknown>;
      assert.equal(result["traceId"], traceId);
      assert.equal(result["depth"], 1);
      assert.deepEqual(result["values"], { user: "ada" });
      assert.ok(Number(result["left"]) > 1_000 && Number(result["left"]) <= 20_001);
    });

    test("rejects with the whole error of the other side", async () => {
      const error = await failure(gateway!.kernel.execute("Test.Front.Call", "fail"));
      assert.equal(error.code, "ERR_EXECUTION_FAILED");
      const { chain, urn } = error.details as { chain: readonly string[]; urn: string };
      assert.deepEqual(chain, ["Test.Front.Call", "Test.Job.fail"]);
      assert.equal(urn, "Test.Job.fail");
      assert.match(error.origin?.file ?? "", /runtime\.yaml$/);
      const cause = error.cause as Error;
      assert.equal(`${cause.name}: ${cause.message}`, "TypeError: no such thing");
      assert.equal((cause.cause as Error).message, "inner");
    });

    test("keeps the code, the status and the data of an error of a module", async () => {
      const error = await failure(run("code"));
      assert.equal(error.code, "Shop.SoldOut");
      assert.deepEqual(error.details, {
        problem: "There is none left",
        data: { left: 0 },
        status: 409,
      });
    });

    test("ends at the deadline, and when the caller aborts", async () => {
      const late = await failure(run("wait", null, { deadline: Date.now() + 50 }));
      assert.equal(late.code, "ERR_ABORTED");
      assert.equal((late.details as { isLate?: boolean }).isLate, true);
      const abort = new AbortController();
      const waiting = failure(run("wait", null, { signal: abort.signal }));
      abort.abort();
      assert.equal((await waiting).code, "ERR_ABORTED");
    });

    test("streams a result part by part", async () => {
      const parts = await run("count", 100) as AsyncIterable<{ i: number; at: Date }>;
      let sum = 0;
      for await (const { i, at } of parts) {
        assert.equal(at.getTime(), i);
        sum += i;
      }
      assert.equal(sum, 4950);
      let taken = 0;
      for await (const _ of await run("count", 1e9) as AsyncIterable<unknown>) {
        if (++taken === 40) break;
      }
      assert.equal(taken, 40);
      const broken = await run("broken") as AsyncIterable<unknown>;
      await assert.rejects(async () => {
        for await (const _ of broken);
      }, /broken off/);
    });

    test("carries a response with its status, headers and body", async () => {
      const response = await run("bytes") as Response;
      assert.equal(response.status, 201);
      assert.equal(response.headers.get("x-a"), "b");
      assert.equal((await response.text()).length, 100_000);
    });

    test("delivers the listed events, once, with the node that emitted them", async () => {
      heard.length = 0;
      const arrived = new Promise<void>((resolve) => {
        gateway!.kernel.on("Shop.Ordered", () => resolve());
      });
      assert.equal(await run("tell", { id: 7 }), "told");
      await arrived;
      assert.deepEqual(heard.map(({ event, payload }) => [event, payload]), [
        ["Test.Job.Told", { id: 7 }],
        ["Shop.Ordered", { input: { id: 7 } }],
      ]);
      assert.match(heard[0]!.node!, /^worker/);
      assert.equal(heard[0]!.resource, "Test.Job.tell");
    });

    test("one node leads, and another one when it resigns, with its note", async () => {
      while (elected.length === 0) await new Promise<void>((resolve) => onElected = resolve);
      const leader = elected[0]!.split(" ", 1)[0]!;
      const other = leader === "worker" ? "gateway" : "worker";
      assert.equal(await candidates.get(other)!.note("usurped"), false);
      assert.equal(await candidates.get(leader)!.note("first"), true);
      assert.equal(await candidates.get(leader)!.note("second"), true);
      await candidates.get(leader)!.resign();
      while (elected.length === 1) await new Promise<void>((resolve) => onElected = resolve);
      assert.deepEqual(elected, [`${leader} undefined`, `${other} second`]);
      assert.equal(await candidates.get(other)!.note("third"), true);
    });

    test("finds no resource that does not exist", async () => {
      assert.equal((await failure(run("nothing"))).code, "ERR_RESOURCE_NOT_FOUND");
    });

    test("drains before it closes, and is then unavailable", async () => {
      await worker!.kernel.stop();
      const error = await failure(run("echo", 1));
      assert.equal(error.code, "ERR_UNAVAILABLE");
      assert.equal((error.details as { executed: string }).executed, "no");
      assert.match(error.message, /no node runs the role worker/);
    });
  });
}

const job: Controller = {
  create({ metadata: { name } }, ctx) {
    const tell = (what: unknown) => ctx.emitResourceEvent("Test.Job", name, "Told", what);
    return { execute: (input, execution) => JOBS[name]!(input, execution, tell) };
  },
};

const front: Controller = {
  create: () => ({ execute: (input, ctx) => ctx.execute(`Test.Job.${String(input)}`, null) }),
};
