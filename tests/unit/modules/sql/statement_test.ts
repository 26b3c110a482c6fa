import assert from "node:assert/strict";
import { test } from "node:test";
import type { Dialect } from "../../../../src/modules/sql/database.ts";
import { findNamed, findTransactionControl } from "../../../../src/modules/sql/mistake.ts";
import { parseStatement } from "../../../../src/modules/sql/statement.ts";

test("values become parameters that nothing beside them can join", () => {
  const { text, problem } = parseStatement(["SELECT 1", "2, a", "b"], "postgres");
  assert.equal(text, "SELECT 1 $1 2, a $2 b");
  assert.equal(problem, undefined);
  assert.equal(parseStatement(["a", "b"], "sqlite").text, "a ?1 b");
});

test("offsets of the statement lead back to the texts and values", () => {
  const { text, placeOf } = parseStatement(["SELECT ", "::int, nope FROM t"], "postgres");
  assert.deepEqual(placeOf(0), { text: 0, offset: 0 });
  assert.deepEqual(placeOf(text.indexOf("$1")), { value: 0 });
  assert.deepEqual(placeOf(text.indexOf("nope")), { text: 1, offset: 7 });
});

/** The texts around values → the beginning of the problem. */
const PROBLEMS: readonly (readonly [Dialect, readonly string[], string | undefined])[] = [
  ["postgres", ["SELECT '", "'"], "has an expression within quotes"],
  ["sqlite", ["SELECT '", "'"], "has an expression within quotes"],
  ["sqlite", ['SELECT "', '"'], "has an expression within quotes"],
  ["postgres", ["SELECT E'\\'", "'"], "has an expression within quotes"],
  ["postgres", ["SELECT E'\\\\', ", ""], undefined],
  ["postgres", ["SELECT 'it''s', ", ""], undefined],
  ["postgres", ["SELECT $$ ", " $$"], "has an expression within quotes"],
  ["postgres", ["SELECT $tag$ $$ $tag$, ", ""], undefined],
  ["postgres", ["SELECT 1 -- ", "\n"], "has an expression in a comment"],
  ["postgres", ["SELECT 1 -- x\n, ", ""], undefined],
  ["postgres", ["/* /* */ ", " */ SELECT 1"], "has an expression in a comment"],
  ["sqlite", ["/* /* */ SELECT ", ""], undefined],
  ["sqlite", ["SELECT 1; SELECT ", ""], "has more than one statement"],
  ["sqlite", ["SELECT 1; DROP TABLE t"], "has more than one statement"],
  ["sqlite", ["SELECT ", "; -- the end\n ;"], undefined],
  ["sqlite", ["SELECT ';', ", ""], undefined],
  ["sqlite", ["SELECT :id, ", ""], "has the parameter :id"],
  ["sqlite", ["SELECT ?"], "has the parameter ?"],
  ["postgres", ["SELECT $1, ", ""], "has the parameter $1"],
  ["postgres", ["SELECT a::text, j ? 'b', x$1 FROM t WHERE c @> ", ""], undefined],
  ["sqlite", ["SELECT j ->> '$.a' FROM t WHERE id = ", ""], undefined],
];

for (const [dialect, texts, wanted] of PROBLEMS) {
  test(`${dialect}: ${texts.join("${{ }}").replaceAll("\n", "\\n")}`, () => {
    const { problem } = parseStatement(texts, dialect);
    if (wanted === undefined) assert.equal(problem, undefined);
    else assert.ok(problem?.message.startsWith(wanted), problem?.message);
  });
}

test("what SQLite names is found outside of strings and comments", () => {
  const text = "SELECT 'nope', a -- nope\nFROM t WHERE nope = 1";
  assert.equal(findNamed("no such column: nope", text), text.lastIndexOf("nope"));
  assert.equal(findNamed('near "FROM": syntax error', text), text.indexOf("FROM"));
  assert.equal(findNamed("the disk is full", text), undefined);
});

test("statements that control transactions are found, and those of triggers left alone", () => {
  const trigger = "CREATE TRIGGER t AFTER INSERT ON a BEGIN INSERT INTO b VALUES (1); END;";
  assert.equal(findTransactionControl(trigger, "sqlite"), undefined);
  const text = `${trigger}\n-- now\ncommit;`;
  assert.equal(findTransactionControl(text, "sqlite"), text.indexOf("commit"));
  assert.equal(findTransactionControl("SELECT 'COMMIT; ROLLBACK'", "postgres"), undefined);
  assert.equal(findTransactionControl("BEGIN", "postgres"), 0);
});
