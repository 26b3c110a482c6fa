/** What evaluating an expression costs, beside the same thing as a JavaScript closure. */
import { compile } from "../mod.ts";
import { interleave, type Table, timedEach } from "./measure.ts";

const TIMES = 20_000;

interface Order {
  readonly name: string;
  readonly port: number;
  readonly tags: readonly string[];
}

const ORDER: Order = { name: "api", port: 8080, tags: ["public", "cached", "eu"] };

const QUESTIONS: Readonly<Record<string, readonly [expression: string, (o: Order) => unknown]>> = {
  "arithmetic": ["${ order.port + 1 }", (order) => order.port + 1],
  "text around it": [
    "http://${ order.name }:${ order.port }/",
    (order) => `http://${order.name}:${order.port}/`,
  ],
  "a comprehension": [
    "${ order.tags.filter(t, t != 'eu').map(t, t + '!') }",
    (order) => order.tags.filter((tag) => tag !== "eu").map((tag) => tag + "!"),
  ],
};

/** Measures this question. */
export async function measure(quick: boolean): Promise<Table[]> {
  const tables: Table[] = [];
  for (const [title, [expression, closure]] of Object.entries(QUESTIONS)) {
    const value = Array.from({ length: TIMES }, () => expression);
    let sink: unknown;
    tables.push({
      title: `One expression: ${title}`,
      unit: "ns",
      rows: await interleave([
        timedEach("digly", TIMES, () => compile(value, { context: { order: ORDER } })),
        timedEach("a closure", TIMES, () => sink = value.map(() => closure(ORDER))),
      ], quick ? 5 : 15),
      note: "Digly's share includes walking the document the expressions stand in.",
    });
    void sink;
  }
  return tables;
}
