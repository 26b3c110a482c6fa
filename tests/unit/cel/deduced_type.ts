/** Types as the official cases write them, and what the type checker infers in the same terms. */
import { checkTypes } from "../../../src/cel/check/check.ts";
import { parse } from "../../../src/cel/parse.ts";
import {
  type Overloads,
  overloadsOf,
  type Signature,
  type SignatureType,
} from "../../../src/cel/signatures.ts";
import { membersOf, type Type, unionOf } from "../../../src/cel/types.ts";

/** A type as the cases write it: `{ listType: { elemType: { primitive: "INT64" } } }`. */
export interface WrittenType {
  readonly primitive?: string;
  readonly dyn?: unknown;
  readonly null?: null;
  readonly typeParam?: string;
  readonly listType?: { readonly elemType: WrittenType };
  readonly mapType?: { readonly keyType: WrittenType; readonly valueType: WrittenType };
  readonly abstractType?: {
    readonly name: string;
    readonly parameterTypes: readonly WrittenType[];
  };
}

/** A function that a case declares. */
export interface Declared {
  readonly name: string;
  readonly function?: {
    readonly overloads: readonly {
      readonly params: readonly WrittenType[];
      readonly resultType: WrittenType;
    }[];
  };
}

const PRIMITIVES: Readonly<Record<string, string>> = { INT64: "int", UINT64: "uint" };

/** A written type as signatures write it. */
export function writtenType(type: WrittenType): string {
  const { primitive, typeParam, listType, mapType, abstractType } = type;
  if (primitive !== undefined) return PRIMITIVES[primitive] ?? primitive.toLowerCase();
  if (typeParam !== undefined) return typeParam;
  if (listType !== undefined) return `list<${writtenType(listType.elemType)}>`;
  if (mapType !== undefined) {
    return `map<${writtenType(mapType.keyType)}, ${writtenType(mapType.valueType)}>`;
  }
  if (abstractType !== undefined) {
    const name = abstractType.name === "optional_type" ? "optional" : abstractType.name;
    return `${name}<${abstractType.parameterTypes.map(writtenType).join(", ")}>`;
  }
  if (type.null !== undefined) return "null";
  if (type.dyn !== undefined) return "dyn";
  throw new Error(`unknown type ${JSON.stringify(type)}`);
}

/** The type that the checker infers, in CEL's terms, or what it reports. */
export function deducedType(source: string, declared: readonly Declared[] = []): string {
  const { type, problems } = checkTypes(
    parse(source),
    source,
    () => undefined,
    (name) => functionIn(declared, name) ?? overloadsOf(name),
  );
  const error = problems.find(({ severity }) => severity === "error");
  return error?.problem ?? celType(type);
}

function functionIn(declared: readonly Declared[], name: string): Overloads | undefined {
  const overloads = declared.find((one) => one.name === name)?.function?.overloads;
  return overloads && {
    methods: [],
    functions: overloads.map(({ params, resultType }): Signature => ({
      name,
      receiver: undefined,
      parameters: params.map(signatureType),
      variadic: false,
      result: signatureType(resultType),
      key: name,
    })),
  };
}

function signatureType(type: WrittenType): SignatureType {
  const { abstractType } = type;
  return abstractType === undefined
    ? { name: writtenType(type), args: [] }
    : { name: abstractType.name, args: abstractType.parameterTypes.map(signatureType) };
}

/**
 * CEL has no unions: two types are `dyn` together, but null is a value of an optional and of
 * every other type with a name of its own.
 */
function celType(type: Type): string {
  switch (type.kind) {
    case "union": {
      const others = membersOf(type).filter(({ kind }) => kind !== "null");
      const [one] = others;
      const isNullable = others.length === 1 &&
        (one!.kind === "optional" || one!.kind === "opaque");
      return isNullable ? celType(one!) : "dyn";
    }
    case "number":
      return "dyn";
    case "list":
      return `list<${celType(type.element)}>`;
    case "optional":
      return `optional<${celType(type.value)}>`;
    case "opaque":
      return `${type.name}<${type.args.map(celType).join(", ")}>`;
    case "map": {
      const values = [...type.fields.values()].map((field) => field.type);
      return `map<string, ${celType(unionOf(values))}>`;
    }
    default:
      return type.kind;
  }
}
