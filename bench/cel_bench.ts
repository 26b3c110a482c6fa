/** What evaluating an expression costs, beside the same thing as a JavaScript closure. */
import { compile } from "../mod.ts";
import { scanResourceTime } from "../src/template/deferred/deferred.ts";
import { compileTemplate } from "../src/template/deferred/compile_template.ts";
import { computedEach, interleave, type Table } from "./measure.ts";
import { loadEngine } from "../src/template/expr/engine.ts";

await loadEngine();

const TIMES = 20_000;

interface Order {
  readonly name: string;
  readonly port: number;
  readonly tags: readonly string[];
  readonly address: { readonly city: string };
}

const ORDER: Order = {
  name: "api",
  port: 8080,
  tags: ["public", "cached", "eu"],
  address: { city: "Berlin" },
};

/** Does it and gives the result, so that nothing can be left out. */
type Work = (scope: Readonly<Record<string, unknown>> & { readonly order: Order }) => unknown;

const QUESTIONS: Readonly<Record<string, readonly [template: string, closure: Work]>> = {
  "arithmetic": [
    "${{ order.port * 2 + order.port / 4 - 3 }}",
    ({ order }) => order.port * 2 + Math.trunc(order.port / 4) - 3,
  ],
  "a path": ["${{ order.address.city }}", ({ order }) => order.address.city],
  "a condition": [
    "${{ order.port > 100 && order.name.startsWith('a') ? 'big' : 'small' }}",
    ({ order }) => order.port > 100 && order.name.startsWith("a") ? "big" : "small",
  ],
  "a template": [
    "http://${{ order.name }}:${{ order.port + 1 }}/${{ order.address.city }}",
    ({ order }) => `http://${order.name}:${order.port + 1}/${order.address.city}`,
  ],
  "a map": [
    "${{ {'port': order.port, 'of': [order.name, order.address.city]} }}",
    ({ order }) => ({ port: order.port, of: [order.name, order.address.city] }),
  ],
  "a comprehension": [
    "${{ order.tags.filter(t, t != 'eu').map(t, t + '!') }}",
    ({ order }) => order.tags.filter((tag) => tag !== "eu").map((tag) => tag + "!"),
  ],
};

/** Measures this question. */
export async function measure(quick: boolean): Promise<Table[]> {
  const rounds = quick ? 5 : 25;
  const scope = { order: ORDER };
  const tables: Table[] = [];
  let sink: unknown;
  for (const [title, [template, closure]] of Object.entries(QUESTIONS)) {
    const build = compileTemplate(scanResourceTime(template));
    const repeat = (work: Work) => () => {
      for (let time = 0; time < TIMES; time++) sink = work(scope);
    };
    tables.push({
      title: `An expression that runs often: ${title}`,
      unit: "ns",
      rows: await interleave([
        computedEach("digly", TIMES, repeat(build)),
        computedEach("a closure", TIMES, repeat(closure)),
      ], rounds),
      goals: [{ against: "a closure", atMost: 4 }],
    });
  }
  tables.push(await measureOnce(rounds));
  void sink;
  return tables;
}

const NEW_TEXTS = 1_000;

/** Every text is another one, so none is found compiled. */
async function measureOnce(rounds: number): Promise<Table> {
  let count = 0;
  const texts = () =>
    Array.from({ length: NEW_TEXTS }, () => `\${ order.port + ${count++} > 1 ? order.name : '' }`);
  const run = (value: unknown) => compile(value as string[], { context: { order: ORDER } });
  let value = texts();
  const same = texts();
  return {
    title: "An expression that runs once",
    unit: "ns",
    rows: await interleave([
      computedEach("a new text", NEW_TEXTS, () => {
        run(value);
        value = texts();
      }),
      computedEach("an expression seen before", NEW_TEXTS, () => void run(same)),
    ], rounds),
    note: "Walking the document that the expressions are in is part of both.",
  };
}
