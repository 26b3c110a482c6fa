/** The node tree of a template's body: scanned once, evaluated for each instance. */
import type { Deferred, Path, Value } from "../../contract/resource.ts";
import type { Weight } from "../expr/weigh.ts";

/** A part of a body. `path` is where it stands in its document. */
export type Node = Constant | Text | List | Mapping | Variants | Repeated;

/** Data that no expansion changes; it is shared, not copied. */
export interface Constant {
  readonly type: "constant";
  readonly path: Path;
  readonly value: Value;
  readonly weight: Weight;
}

/** A string with expressions. */
export interface Text {
  readonly type: "text";
  readonly path: Path;
  readonly deferred: Deferred;
}

/** A list; elements that are {@link Repeated} give any number of its elements. */
export interface List {
  readonly type: "list";
  readonly path: Path;
  readonly items: readonly Node[];
}

/** An entry of a {@link Mapping}. */
export interface Entry {
  readonly key: string | Deferred;
  readonly node: Node;
}

/** A mapping. */
export interface Mapping {
  readonly type: "mapping";
  readonly path: Path;
  readonly entries: readonly Entry[];
}

/** A mapping whose kind is computed: which of its fields are opaque depends on the result. */
export interface Variants {
  readonly type: "variants";
  readonly path: Path;
  readonly kind: Text;
  readonly forKind: (kind: string | undefined) => Node;
}

/** The collection of a `for`. */
export interface Collection {
  readonly path: Path;
  readonly names: readonly string[];
  readonly deferred: Deferred;
  /** Its text, for messages. */
  readonly text: string;
}

/** An element that carries `for` or `if`. */
export interface Repeated {
  readonly type: "repeated";
  readonly path: Path;
  /** Outer first. */
  readonly loops: readonly Collection[];
  readonly condition: Text | boolean;
  readonly content: Node;
}

/** A parameter as it is written in an instance. */
export interface WrittenParameter {
  readonly name: string;
  readonly node: Node;
}
