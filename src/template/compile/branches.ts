/** The branches of directives that a document has, and which of them were taken. */
import type { PatternSet } from "../../contract/pattern_set.ts";
import type { Path, ValueMap } from "../../contract/resource.ts";
import type { Located, ParsedDocument } from "../../contract/source.ts";
import type { Scope } from "../expr/scope.ts";

/** The keys of directives whose contents may never be evaluated. */
export type BranchKey = "$then" | "$else" | "$do";

/** What a branch saw when it was not taken. */
export interface SkippedBranch {
  readonly mapping: ValueMap;
  readonly key: BranchKey;
  /** The condition that did not hold, if it is an expression, and what it would have to be. */
  readonly condition: { readonly text: string; readonly outcome: boolean } | undefined;
  /** The names of the loop that has no iterations. */
  readonly loopNames: readonly string[];
  /** The document, and the path of the branch in it. */
  readonly document: Located;
  readonly path: Path;
  readonly frame: {
    readonly scope: Scope;
    readonly opaque: PatternSet | undefined;
    readonly hasKind: boolean;
  };
  /** Reads the documents of a file that the branch includes. */
  readonly include:
    | ((file: string, from: Located["source"]) => readonly ParsedDocument[])
    | undefined;
}

/** A branch may be skipped in every iteration of a loop; the first times tell enough. */
const MAX_RECORDS = 100;

interface Record {
  isTaken: boolean;
  readonly skipped: SkippedBranch[];
}

/** Collects the branches of all documents of an app. */
export class Branches {
  readonly #records = new Map<ValueMap, Map<BranchKey, Record>>();

  take(mapping: ValueMap, key: BranchKey): void {
    const record = this.#recordOf(mapping, key);
    record.isTaken = true;
    record.skipped.length = 0;
  }

  skip(skipped: SkippedBranch): void {
    const record = this.#recordOf(skipped.mapping, skipped.key);
    if (!record.isTaken && record.skipped.length < MAX_RECORDS) record.skipped.push(skipped);
  }

  /** Each branch that was never taken, with what it saw each time. */
  neverTaken(): readonly (readonly SkippedBranch[])[] {
    return [...this.#records.values()].flatMap((keys) =>
      [...keys.values()].flatMap(({ isTaken, skipped }) => isTaken ? [] : [skipped])
    );
  }

  #recordOf(mapping: ValueMap, key: BranchKey): Record {
    let keys = this.#records.get(mapping);
    if (keys === undefined) this.#records.set(mapping, keys = new Map());
    let record = keys.get(key);
    if (record === undefined) keys.set(key, record = { isTaken: false, skipped: [] });
    return record;
  }
}
