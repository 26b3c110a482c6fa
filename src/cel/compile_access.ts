/** Closures that read fields, elements and keys. */
import { elementOf, fieldOf, hasField, orNull } from "./access.ts";
import type { Has, Index, Node, Select } from "./ast.ts";
import { CelError } from "./cel_error.ts";
import type { Compiler, Run } from "./compiler.ts";
import { locate } from "./failures.ts";
import { fieldError, indexError, spendOnFieldError } from "./field_failures.ts";
import { typeNameOf } from "./names.ts";
import { Optional, typeOf, TypeValue } from "./values.ts";

/** Compiles `operand.field`. */
export function compileSelect(node: Select, compiler: Compiler): Run {
  const type = typeNameOf(node, compiler.names);
  if (type !== undefined) {
    const value = new TypeValue(type);
    return () => value;
  }
  const operand = compiler.compile(node.operand, compiler);
  const { field, optional } = node;
  const { source } = compiler;
  return (context) => {
    const value = operand(context);
    try {
      if (optional || value instanceof Optional) {
        return selectOptional(value, node, source);
      }
      const found = orNull(fieldOf(value, field), value, field);
      if (found !== undefined) return found;
    } catch (error) {
      throw waiting(error, node, source);
    }
    spendOnFieldError(context, value);
    throw fieldError(node, value, source);
  };
}

/** A later stage provides what the node reads: the error names it. */
function waiting(error: unknown, node: Node, source: string): unknown {
  if (!(error instanceof CelError) || error.details.waits !== true) return locate(error, node);
  const text = source.slice(node.start, node.end);
  return new CelError(`${text} is not known yet`, error.details, node);
}

function selectOptional(value: unknown, node: Select, source: string): unknown {
  const operand = value instanceof Optional ? value.value : value;
  if (operand === undefined) return Optional.none;
  if (typeOf(operand) !== "map") throw fieldError(node, operand, source);
  const found = fieldOf(operand, node.field);
  return found === undefined ? Optional.none : new Optional(found);
}

/** Compiles `operand[index]`. */
export function compileIndex(node: Index, compiler: Compiler): Run {
  const operand = compiler.compile(node.operand, compiler);
  const index = compiler.compile(node.index, compiler);
  const { optional } = node;
  const { source } = compiler;
  return (context) => {
    const value = operand(context);
    const at = index(context);
    let found: unknown;
    try {
      if (optional || value instanceof Optional) {
        const container = value instanceof Optional ? value.value : value;
        if (container === undefined) return Optional.none;
        const element = elementOf(container, at);
        return element === undefined ? Optional.none : new Optional(element);
      }
      found = orNull(elementOf(value, at), value, at);
    } catch (error) {
      throw waiting(error, node, source);
    }
    if (found === undefined) {
      spendOnFieldError(context, value);
      throw indexError(node, value, at, source);
    }
    return found;
  };
}

/** Compiles `has(operand.field)`. */
export function compileHas(node: Has, compiler: Compiler): Run {
  const operand = compiler.compile(node.operand, compiler);
  const { field, select } = node;
  const { source } = compiler;
  return (context) => {
    let value = operand(context);
    if (value instanceof Optional) {
      if (value.value === undefined) return false;
      value = value.value;
    }
    if (typeOf(value) === "map") return hasField(value, field);
    if (select.optional) return false;
    throw fieldError(select, value, source);
  };
}
