import assert from "node:assert/strict";
import { test } from "node:test";
import { checkCondition, checkTypes } from "../../../src/cel/check/check.ts";
import { parse } from "../../../src/cel/parse.ts";
import { DYN, formatType, type Type } from "../../../src/cel/types.ts";
import { typeOfSchema } from "../../../src/load/types/schema_type.ts";

const REQUEST = typeOfSchema({
  type: "object",
  additionalProperties: false,
  required: ["params", "query", "headers", "body"],
  properties: {
    params: {
      type: "object",
      additionalProperties: false,
      required: ["id"],
      properties: { id: { type: "integer" } },
    },
    query: {
      type: "object",
      properties: { name: { type: "string" }, page: { type: "integer", default: 1 } },
    },
    headers: { type: "object", additionalProperties: { type: "string" } },
    body: {
      type: ["object", "null"],
      required: ["tags"],
      properties: {
        tags: { type: "array", items: { type: "string" } },
        price: { type: "number" },
      },
    },
  },
}, { side: "read" });

const VARIABLES: Readonly<Record<string, Type>> = {
  request: REQUEST,
  result: DYN,
  n: { kind: "int" },
  x: { kind: "number" },
  s: { kind: "string" },
  names: { kind: "list", element: { kind: "string" } },
  maybe: { kind: "union", members: [{ kind: "string" }, { kind: "null" }] },
  orders: typeOfSchema({
    type: "array",
    items: {
      type: "object",
      required: ["at"],
      properties: { note: { type: "string" }, at: { type: ["string", "null"] } },
    },
  }, { side: "read" }),
  entries: typeOfSchema({
    type: "array",
    items: {
      oneOf: [
        { type: "string" },
        { type: "object", required: ["id"], properties: { id: { type: "integer" } } },
      ],
    },
  }, { side: "read" }),
};

function check(source: string) {
  const { type, problems } = checkTypes(parse(source), source, (name) => VARIABLES[name]);
  return {
    type: formatType(type),
    problems: problems.map(({ severity, problem, help, start, end }) =>
      `${severity} ${source.slice(start, end)}: ${problem}${help === undefined ? "" : ` (${help})`}`
    ),
  };
}

/** Expressions without a problem, and their types. */
const SOUND: Readonly<Record<string, string>> = {
  "1 + n": "int",
  "1.5 * n": "double",
  "x * 2": "number",
  "s + 'a'": "string",
  "result.a + 1": "number",
  "result.anything.at[3]": "dyn",
  "result + result": "dyn",
  "request.params.id + 1": "int",
  "request.query.page": "int",
  "request.query.?name": "optional<string>",
  "request.query.?name.orValue('you')": "string",
  "request.?query.name": "optional<string>",
  "request.?query.name.orValue('you')": "string",
  "request.?query.?name": "optional<string>",
  "request.?query.?name.orValue('you').size()": "int",
  "has(request.?body.?tags)": "bool",
  "has(request.?headers.?accept)": "bool",
  "request.?headers['accept']": "optional<string>",
  "has(request.query.name) ? request.query.name : 'you'": "string",
  "'name' in request.query ? request.query.name.size() : 0": "int",
  "!has(request.query.name) || request.query.name == 'a'": "bool",
  "has(request.query.other) ? request.query.other : 1": "dyn",
  "request.body != null ? request.body.tags : []": "list<string>",
  "request.body == null ? [] : request.body.tags": "list<string>",
  "has(request.headers.accept) && request.headers.accept.contains('json')": "bool",
  "names.map(name, name.size())": "list<int>",
  "names.map(i, name, string(i) + name)": "list<string>",
  "names.filter(name, name != 'a')[0]": "string",
  "names.exists(name, name == s)": "bool",
  "names.first().orValue('a')": "string",
  "names.join(', ')": "string",
  "request.query.?name.optMap(name, name.size())": "optional<int>",
  "cel.bind(m, n + 1, m * 2)": "int",
  "{'a': 1, 'b': [s]}": "{a: int, b: list<string>}",
  "{'a': 1}.a": "int",
  "{s: 1}": "map<string, int>",
  "n > 0 ? 'a' : n": "string | int",
  "n == 2.0": "bool",
  "maybe == null ? 'a' : maybe": "string",
  "maybe != null ? maybe : 'a'": "string",
  "type(maybe) == string ? maybe : 'a'": "string",
  "type(n) == int": "bool",
  "entries.map(e, type(e) == string ? e : string(e.id))": "list<string>",
  "entries.map(e, type(e) == map ? e.id : e.size())": "list<int>",
  "entries.exists(e, type(e) != string && e.id > 3)": "bool",
  "entries.filter(e, type(e) == map).map(e, e.id)": "list<int>",
  "orders.filter(o, has(o.note)).map(o, o.note.size())": "list<int>",
  "orders.filter(o, has(o.note) && o.at != null).map(o, o.at + o.note)": "list<string>",
  "orders.map(o, has(o.note), o.note)": "list<string>",
  "entries.all(e, type(e) == string || e.id > 3)": "bool",
  "timestamp('2030-01-01T00:00:00Z') - duration('1h')": "timestamp",
  "dyn(s) + 1": "number",
  "math.greatest(1, 2)": "int",
  "size(names) > 0 && names[0].startsWith('a')": "bool",
  "json(request.body)": "string",
  "[[], [[]]]": "list<list<list<dyn>>>",
  "[].map(x, x)[0].name": "dyn",
  "[optional.none(), optional.of(1)]": "list<optional<int>>",
  "[optional.of(1), optional.of(dyn(1))]": "list<optional<dyn>>",
  "[names, dyn(names)]": "list<dyn>",
  "[[1], ['a']]": "list<list<int> | list<string>>",
  "unknown.name + 1": "number",
};

for (const [source, type] of Object.entries(SOUND)) {
  test(`${source} is ${type}`, () => {
    assert.deepEqual(check(source), { type, problems: [] });
  });
}

test("A condition that removes null leaves the other types", () => {
  const source = "maybe == null ? 'a' : maybe.size()";
  assert.deepEqual(check(source), { type: "string | int", problems: [] });
});

/** Expressions with the problem that is reported. */
const UNSOUND: Readonly<Record<string, string>> = {
  "duration('1 day')":
    "error '1 day': duration() got a string that it cannot convert (It takes numbers with the units h, m, s or ms, such as 1h30m or 24h)",
  "timestamp('2030-01-31')":
    "error '2030-01-31': timestamp() got a string that it cannot convert (It takes a date, a time and a zone, such as 2030-01-31T12:00:00Z)",
  "timestamp(s).getHours('Europe/Berln')":
    "error 'Europe/Berln': The time zone does not exist (Write a name such as 'Europe/Berlin', or an offset such as '+02:00')",
  "n + int('x')":
    "error 'x': int() got a string that it cannot convert (It takes digits such as 8080)",
  "type(n) == 'int'":
    "warning type(n) == 'int': This is always false: a type never equals a string (Write type(n) == int)",
  "names + s":
    'error names + s: "+" does not take a list and a string (Write names + [s] to add an element)',
  "timestamp(s) + n":
    `error timestamp(s) + n: "+" does not take a timestamp and an integer (Write timestamp(s) + duration('1h') for a time span)`,
  "request.qurey.name": 'error qurey: request has no field "qurey" (Did you mean "query"?)',
  "request.params.identifier":
    'error identifier: request.params has no field "identifier" (It has: id)',
  "has(request.params.idd)": 'error idd: request.params has no field "idd" (Did you mean "id"?)',
  "request.query.nmae": 'error nmae: request.query has no field "nmae" (Did you mean "name"?)',
  "request.params['idd']": `error 'idd': request.params has no field "idd" (Did you mean "id"?)`,
  "n.name": 'error name: n is an integer and has no field "name"',
  "s + n":
    'error s + n: "+" does not take a string and an integer (Write string(n) to make it a string)',
  "s * 2":
    'error s * 2: "*" does not take a string and an integer (Write int(s) to make it a number)',
  "-s": 'error -s: "-" does not take a string (Write -int(s))',
  "!n": 'error !n: "!" does not take an integer (Compare it, such as n == 0)',
  "s < n":
    'error s < n: "<" does not take a string and an integer (Write int(s) to make it a number)',
  "n ? 1 : 2":
    "error n: A condition must be a boolean, and this is an integer (Compare it, such as n != 0)",
  "s && true":
    "error s: A condition must be a boolean, and this is a string (Compare it, such as s != '')",
  "s || 'x'":
    "error s: A condition must be a boolean, and this is a string (Write s != '' ? s : 'x')",
  "names.exists(name, name)":
    "error name: A condition must be a boolean, and this is a string (Compare it, such as name != '')",
  "n.map(i, i)": "error n: Only lists and maps can be iterated over, and this is an integer",
  "n.startsWith('a')":
    "error n.startsWith('a'): There is no method \"startsWith\" of an integer (It is a method of a string)",
  "names['a']": "error 'a': An index of a list must be an integer, and this is a string",
  "n[0]": "error n[0]: n is an integer and has no elements",
  "'a' in s":
    `error 'a' in s: "in" does not take a string and a string (Write s.contains(…) to search a string)`,
  "request.query.?name + 'a'":
    `error request.query.?name + 'a': "+" does not take an optional and a string (Write request.query.?name.orValue(…) for its value)`,
  "s.optMap(x, x)":
    "error s: optMap() of a string does not exist (It is a method of optionals, such as x.?field)",
  "[?s]": 'error s: An entry marked by "?" must be an optional, and this is a string',
  "request.query.name":
    "warning request.query.name: request.query.name may be missing (Write request.query.?name.orValue(…))",
  "request.headers['x-id']":
    "warning request.headers['x-id']: request.headers['x-id'] may be missing (Write request.headers[?'x-id'].orValue(…))",
  "request.body.tags":
    "warning request.body: request.body may be null (Write request.body != null ? … : …)",
  "request.body.size()":
    "warning request.body: request.body may be null (Write request.body != null ? … : …)",
  "size(request.body)":
    "warning request.body: request.body may be null (Write request.body != null ? … : …)",
  "'tags' in request.body":
    "warning request.body: request.body may be null (Write request.body != null ? … : …)",
  "s == n":
    "warning s == n: This is always false: a string never equals an integer (Write int(s) to compare numbers)",
  "s != n":
    "warning s != n: This is always true: a string never equals an integer (Write int(s) to compare numbers)",
  "n in names":
    "warning n in names: This is always false: an integer is never in a list whose elements are a string",
  "true ? 1 : 2": "warning 2: This is never evaluated: the condition is always true",
  "false && s == 'a'":
    "warning s == 'a': This is never evaluated: the left side of \"&&\" is always false",
  "'a' == 'b' ? s : s": "warning s: This is never evaluated: the condition is always false",
};

for (const [source, problem] of Object.entries(UNSOUND)) {
  test(`${source} has a problem`, () => {
    assert.deepEqual(check(source).problems, [problem]);
  });
}

test("A mistake in a part is reported once, and nothing that follows from it", () => {
  assert.deepEqual(check("request.qurey.name + 1 > 2 ? 'a' : 'b'").problems, [
    'error qurey: request has no field "qurey" (Did you mean "query"?)',
  ]);
});

test("A variable that a macro binds hides what a condition says about an outer one", () => {
  const source = "has(request.query.name) && [request].all(request, request.query.name != '')";
  assert.deepEqual(check(source).problems, [
    "warning request.query.name: request.query.name may be missing (Write request.query.?name.orValue(…))",
  ]);
});

test("The whole of a condition must be a boolean", () => {
  const of = (source: string) =>
    checkCondition(parse(source), source, (name) => VARIABLES[name]).problems.map((one) =>
      one.problem
    );
  assert.deepEqual(of("n"), ["A condition must be a boolean, and this is an integer"]);
  assert.deepEqual(of("n > 1"), []);
  assert.deepEqual(of("result"), []);
});

test("A long chain of conditions is checked in time that grows with its length", () => {
  const source = Array.from({ length: 400 }, (_, index) => `has(request.query.a${index})`)
    .join(" && ");
  const started = performance.now();
  check(source);
  assert.ok(performance.now() - started < 5000);
});
