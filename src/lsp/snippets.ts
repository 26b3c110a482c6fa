/** Snippets of fields and of resources, with placeholders for what has to be written. */
import { isSchemaMap, type SchemaMap } from "../contract/schema_map.ts";
import { expectedUrn, fieldsIn, requiredIn, schemasAt, valuesIn } from "./schema_walk.ts";

/** How deep the required fields of required fields are written. */
const MAX_DEPTH = 4;

/** Writes a snippet; placeholders are numbered in the order in which they are written. */
class SnippetWriter {
  #count = 0;

  placeholder(text = ""): string {
    const number = ++this.#count;
    return text === "" ? `$${number}` : `\${${number}:${escape(text)}}`;
  }

  choice(values: readonly unknown[]): string {
    const words = values.map((value) => escape(String(value)).replaceAll(/[,|]/g, "\\$&"));
    return `\${${++this.#count}|${words.join(",")}|}`;
  }

  /** The value of a field whose key ends at the colon; it begins with a space or a line break. */
  value(schema: unknown, indent: string, depth: number): string {
    const schemas = schemasAt(schema, []);
    const values = valuesIn(schemas);
    const types = schemas.flatMap(({ type }) => [type].flat());
    if (values.length > 1 && values.length <= 30 && expectedUrn(schemas) === undefined) {
      return ` ${this.choice(values)}`;
    }
    const isOnly = (type: string) => types.length > 0 && types.every((one) => one === type);
    if (isOnly("array") && depth < MAX_DEPTH) {
      const items = schemas.find(({ items }) => isSchemaMap(items))?.["items"];
      const fields = this.fields(items, `${indent}    `, depth + 1);
      const item = fields === "" ? this.placeholder() : fields.trimStart();
      return `\n${indent}  - ${item}`;
    }
    if (isOnly("object") && depth < MAX_DEPTH) {
      const fields = this.fields(schema, `${indent}  `, depth + 1);
      return fields === "" ? `\n${indent}  ${this.placeholder()}` : `\n${fields}`;
    }
    const [only] = values;
    return ` ${this.placeholder(only === undefined ? "" : String(only))}`;
  }

  /** The required fields of a schema, one a line. */
  fields(schema: unknown, indent: string, depth: number): string {
    const schemas = schemasAt(schema, []);
    const known = fieldsIn(schemas);
    return requiredIn(schemas).filter((name) => known.has(name)).map((name) =>
      `${indent}${name}:${this.value(known.get(name), indent, depth)}`
    ).join("\n");
  }
}

/** `name: ` with what the value needs. */
export function fieldSnippet(name: string, schema: SchemaMap, root: unknown): string {
  return `${escape(name)}:${new SnippetWriter().value(withRoot(schema, root), "", 0)}`;
}

/** A kind with a name and the required fields of its resources. */
export function kindSnippet(kind: string, schema: unknown): string {
  const writer = new SnippetWriter();
  const metadata = `metadata:\n  name: ${writer.placeholder("Main")}`;
  const fields = writer.fields(schema, "", 0);
  return [escape(kind), metadata, ...(fields === "" ? [] : [fields])].join("\n");
}

/** A schema with the definitions that its references lead to. */
function withRoot(schema: SchemaMap, root: unknown): SchemaMap {
  if (!isSchemaMap(root)) return schema;
  const { $defs, definitions } = root;
  return {
    ...schema,
    ...($defs === undefined ? {} : { $defs }),
    ...(definitions === undefined ? {} : { definitions }),
  };
}

function escape(text: string): string {
  return text.replaceAll(/[\\$}]/g, "\\$&");
}

/** A snippet as plain text, for clients that cannot insert snippets. */
export function withoutPlaceholders(snippet: string): string {
  return snippet.replaceAll(
    /\$\{\d+\|((?:[^,|\\]|\\.)*)[^}]*\|\}|\$\{\d+:((?:[^}\\]|\\.)*)\}|\$\d+/g,
    (
      _match,
      choice?: string,
      text?: string,
    ) => choice ?? text ?? "",
  ).replaceAll(/\\([\\$},|])/g, "$1");
}
