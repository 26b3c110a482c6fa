/**
 * The types of maps such as `request`, some fields of which depend on the schemas in a resource. An
 * expression reads few of them, and the type of a field is worked out when one does.
 */
import { DYN, type Field, fieldsOf, type MapType, type Type } from "../../cel/types.ts";
import { isMap, type ValueMap } from "../../contract/resource.ts";
import { TYPE_DIRECTIVES } from "../registry/scopes.ts";
import { isAlike, type SchemaTypeOptions, typeOfSchema } from "./schema_type.ts";

/** A map that is a directive. */
export interface Directive {
  readonly name: typeof TYPE_DIRECTIVES[number];
  readonly schema: ValueMap;
}

/** The directive that a map is; `undefined` for a schema. */
export function directiveOf(schema: ValueMap): Directive | undefined {
  const name = TYPE_DIRECTIVES.find((directive) => schema[directive] !== undefined);
  return name && { name, schema };
}

/** A declaration whose fields are types for all resources, or directives. */
interface Shape {
  readonly map: MapType;
  readonly directives: readonly (readonly [name: string, required: boolean, Directive])[];
}

/** The shapes of declarations, for one side. */
export class LazyMaps {
  readonly #side: SchemaTypeOptions["side"];
  readonly #shapes = new Map<ValueMap, Shape | undefined>();

  constructor(side: SchemaTypeOptions["side"]) {
    this.#side = side;
  }

  /**
   * The type of a declaration whose directives `typeOfDirective` knows; `undefined` if some are not
   * fields, or lead to other resources, which may lead back.
   */
  typeOf(
    declaration: ValueMap,
    typeOfDirective: (directive: Directive) => Type,
  ): MapType | undefined {
    if (!this.#shapes.has(declaration)) {
      this.#shapes.set(declaration, shapeOf(declaration, this.#side));
    }
    const shape = this.#shapes.get(declaration);
    if (shape === undefined) return undefined;
    const fields = new Map(shape.map.fields);
    for (const [name, required, directive] of shape.directives) {
      fields.set(name, new LazyField(required, () => typeOfDirective(directive)));
    }
    return fieldsOf(fields, shape.map.rest);
  }
}

class LazyField implements Field {
  readonly required: boolean;
  readonly #typeOf: () => Type;
  #type: Type | undefined;

  constructor(required: boolean, typeOf: () => Type) {
    this.required = required;
    this.#typeOf = typeOf;
  }

  get type(): Type {
    return this.#type ??= this.#typeOf();
  }
}

function shapeOf(declaration: ValueMap, side: SchemaTypeOptions["side"]): Shape | undefined {
  const { properties, ...more } = declaration;
  if (directiveOf(declaration) !== undefined || !isMap(properties) || !isAlike(more)) {
    return undefined;
  }
  const map = typeOfSchema(declaration, {
    side,
    directive: (schema) => directiveOf(schema) && DYN,
  });
  if (map.kind !== "map") return undefined;
  const directives: [string, boolean, Directive][] = [];
  for (const [name, property] of Object.entries(properties)) {
    if (!isMap(property) || isAlike(property)) continue;
    const directive = directiveOf(property);
    if (directive === undefined || !isLocal(directive)) return undefined;
    directives.push([name, map.fields.get(name)?.required ?? false, directive]);
  }
  return { map, directives };
}

/** True for a directive that is only about the fields of the resource itself. */
function isLocal({ name, schema }: Directive): boolean {
  if (name !== "$field" && name !== "$paramsOf") return false;
  return Object.values(schema).every((part) => {
    if (typeof part !== "object" || part === null || isAlike(part)) return true;
    const inner = isMap(part) ? directiveOf(part) : undefined;
    return inner !== undefined && isLocal(inner);
  });
}
