/** What `docs/performance.md` says before the charts of each benchmark. */

/** A section of the page. */
export interface Section {
  readonly title: string;
  /** The question that it answers. */
  readonly question: string;
  /** What is compared, and what to know about it. */
  readonly text: string;
  /** True for one table of all comparisons, instead of a chart for each. */
  readonly isOneTable?: boolean;
}

/**
 * The sections by the name of their benchmark, in the order of the page: what decides whether to use
 * Digly comes first.
 */
const SECTIONS: Readonly<Record<string, Section>> = {
  http: {
    title: "HTTP",
    question: "What does a request cost?",
    text:
      `The CPU time that a server takes for a request. It depends less on what else a machine does than the number of
requests a second, which one core served at that time and which the last column has. Each table is one runtime, and
each server in it runs on the HTTP server of that runtime.

- **Hono** is what a person would write: routes in code, Ajv for schemas, native regular expressions.
- **Fastify**, on Node, validates bodies and writes responses with functions compiled from their schemas.
- **The bare server** has no router and no validation: it is the limit of the runtime.

Requests that arrive together over several connections are answered together, after all of them were read; on Bun only
those that may have a body, since it closes a connection on which a request follows one without an answer. None of
the peers does that, and with the 50 connections of this benchmark it saves up to half of the time; with a single
connection an answer takes up to a tenth more.

Where Digly still takes more than its peers:

- Without a body, it is mostly the \`Host\` header. Two servers that read a malformed or repeated one differently
  can be tricked, so Digly reads it in every request and refuses these, which Hono does not. To the bare server
  this alone adds a tenth on Bun. It adds a seventh on Deno to requests with a handler, since Deno copies all
  headers once one of them was read, and the handler may ask for the caller's trace after the response.
- With a validated body, about a third of what Digly adds to a bare server is what every request takes (the \`Host\`
  header, the target, the route, counting requests), less than half is the body (its time limit, decoding, the
  search for deep nesting and rounded integers before it is parsed, and the schema), and the rest is the handler
  and its result, which is checked again. A writer of JSON compiled from the schema would not help: written by
  hand for this body, it takes as long as \`JSON.stringify\`.
- On Node, two thirds of a validated body are Node's own reading and writing.`,
  },
  data: {
    title: "Databases and queues",
    question: "What does a query or a message cost?",
    text:
      `A route that answers with the result of one query, beside a server that does the same by hand with the same
driver; and messages through a queue, published and worked on. The process that asks runs on a core of its
own.`,
  },
  kinds: {
    title: "Each kind beside its driver",
    question: "What does a kind add to its driver?",
    isOneTable: true,
    text:
      `What a kind adds to the library below it, on Node: the calls that one core makes in a second of CPU time. By
hand is the function, the statement or the request alone, without validation, expressions, limits, traces
and errors with their place. Beside a policy are a loop for the retries and a counter for the breaker; a file is
replaced in the same steps; a token is verified by the library each time, and Digly remembers those that it
has accepted. Of calls to other processes, 50 are under way at once. What Digly adds is the
difference for one call: that, and not the ratio, matters for a kind whose driver does next to nothing.
Waiting for a disk or another process is not counted; [Databases and queues](#databases-and-queues) has
messages per second.`,
  },
  startup: {
    title: "Start-up",
    question: "How long until it answers?",
    text:
      `The time from the start of a process to its end or to its first answer, for the single executable beside
a program that does nothing and is compiled in the same way.

The executable is compiled to bytecode in parts, and loads only the parts that an app needs: expressions
when a manifest has one, the argument parser when there is more to parse than a path, Node's streams
never. Until an app has started, Bun compiles code to machine code only when it has run ten times as often as
usual: most code of a boot runs too few times to repay that.

On Node the package is loaded in a dozen chunks, which takes 0.66 times the CPU time of the eighty that it
had before. Node's compile cache (\`NODE_COMPILE_CACHE\`) saves another quarter, from the second start on.`,
  },
  memory: {
    title: "Memory of a server",
    question: "How much memory does an idle server use?",
    text:
      `The memory of a server that has answered one request and waits for the next one. Parts of the executable that
were read count here, although the processes of one machine share them.`,
  },
  growth: {
    title: "Memory under load",
    question: "Does its memory grow under load?",
    text:
      `Whether a process that works for a long time grows: pipelines, scripts, expressions, SQL and events with
the event stream on. Measured is what the heap and libraries use after garbage collection.
\`DIGLY_BENCH_MINUTES=10\` makes the run longer, as it was here.`,
  },
  boot: {
    title: "Boot and memory",
    question: "How long does a large app take to boot?",
    text:
      `How long a large app takes from the text of its manifests to \`Runtime.Started\`, and how much memory each of
its resources keeps. The resources are small and their controller does nothing, so all of the time is
Digly's. js-yaml parses the same text into objects, and does no more. The first chart shows elapsed time, the others CPU time, on Node.

A resource costs about the same in an app of ten thousand as in one of a hundred thousand. It keeps its values
and where its text begins; positions are read again from that text when an error needs one.

Documents in the simplest part of YAML have a reader of their own, and the complete parser takes over at
anything else, which is why a boot can come close to parsing alone. What is left is spread over many steps:
on Bun, freezing a resource is 1.5 % of its boot, its places in maps by name and URN 5 %, and no step takes
more than parsing, which takes a quarter.`,
  },
  dispatch: {
    title: "Executions and events",
    question: "What does an execution cost?",
    text:
      `What Digly adds to a call from one resource to another: the context, its trace, limits, and errors with
their place. While nobody listens, no event is made. Times are CPU time on Node.

With the event stream on (\`--debug\`), both events of an execution are in the file before it continues,
so a crash loses none. Nothing that keeps this promise can be faster than two writes for each execution, of
which the table has lines that were made before. Of a write of 1.9 µs on Bun and 2.2 µs on Node, the system takes
1.5 µs: 0.35 µs for any call, the rest for adding to a file of ext4, which takes as long in a file that is already
long enough and 0.3 µs less on tmpfs. A pipe's writer with a flush or the C library's own function saves at most a
tenth. Two lines in one write would take about half, but then the first of them would be lost with a crash in
the execution.

The line of an execution differs from the last one of the same resource in its time, ids and duration, which are
replaced in the bytes of that line. This is why an execution can take less time than making both lines with
\`JSON.stringify\`: a tenth is left for the lines, another for ids, times and records, and the context takes 0.4 µs.
About 1 µs is in none of these: writes take longer between other code than in a loop that does nothing else.`,
  },
  cel: {
    title: "Expressions",
    question: "What does an expression cost?",
    text:
      `What it costs to evaluate an expression that waits for its values, such as one of a route, beside a function in
JavaScript that a person would write for the same result. Expressions that run often are compiled to
JavaScript. They check integers for overflow and count their steps, which the function does not. Whoever writes
a route can expect a few dozen nanoseconds for each of its expressions.`,
  },
  pipeline: {
    title: "Pipelines",
    question: "What does a step of a pipeline cost?",
    text:
      `What a step of a pipeline adds to the resource that it executes, and what it costs to record each step in a
database, so that a job continues after its process was killed.`,
  },
  sandbox: {
    title: "Code that is not trusted",
    question: "What does isolation cost?",
    text:
      `What it costs to call code in an interpreter of its own, in a process of its own, or in WebAssembly, beside a
script that is trusted. Each of them is given an object, executes another resource, and gives an object
back. [Isolation](isolation.md) and [WebAssembly controllers](wasm.md) say what each of them protects from.
An app that uses none of this loads none of it.`,
  },
  templating: {
    title: "Templating",
    question: "How long does it take to load manifests?",
    text:
      `How long it takes from the text of manifests to resources that are ready to be booted: parsing, directives,
expressions, and positions for errors. The parsers beside it parse the same text and do no more.`,
  },
  inspector: {
    title: "The inspector",
    question: "What does the inspector cost?",
    text:
      `What \`--inspect\` adds to the CPU time of a request while no page is open: [the inspector](inspector.md) counts
every execution and records ten a second.`,
  },
  unused: {
    title: "What a route does not use",
    question: "Does an unused feature cost anything?",
    text:
      `The CPU time of a request to a route in an app that also has middleware, authentication, files, a proxy,
WebSockets, documentation and tools, beside the same route alone: what a route does not use must not cost it
anything.`,
  },
};

/** The section of a benchmark. */
export function sectionOf(name: string): Section {
  const section = SECTIONS[name];
  if (section === undefined) throw new Error(`scripts/bench_sections.ts has no section "${name}"`);
  return section;
}

/** The benchmarks in the order of the page. */
export function inOrder<Named extends { readonly name: string }>(
  benchmarks: readonly Named[],
): Named[] {
  const names = Object.keys(SECTIONS);
  return benchmarks.toSorted((a, b) => names.indexOf(a.name) - names.indexOf(b.name));
}
