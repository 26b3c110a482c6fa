/** Parses an expression, by precedence climbing, into the tree of `ast.ts`. */
import type { BinaryOperator, Node, Span } from "./ast.ts";
import { CelError } from "./cel_error.ts";
import { MAX_DEPTH, nestingError, PRECEDENCE, RESERVED_WORDS } from "./grammar.ts";
import type { Token } from "./token.ts";
import { wordHelp } from "./foreign/syntax.ts";
import { isMacro, type NewNode, type NodeMaker, readMacro } from "./macros.ts";
import { NAMESPACES, overloadsOf } from "./signatures.ts";
import { readNumber } from "./number_literal.ts";
import { Tokens } from "./tokens.ts";

/**
 * Parses the text of an expression.
 *
 * @throws CelError if the text is not an expression, or nests too deeply
 */
export function parse(text: string): Node {
  return parseExpression(text).node;
}

/** A parsed expression. */
export interface Parsed {
  readonly node: Node;
  /** How deep brackets nest in it. */
  readonly nesting: number;
  /** False if no function is called in it. */
  readonly hasCalls: boolean;
}

/**
 * Parses the text of an expression, and says what is in it.
 *
 * @throws CelError if the text is not an expression, or nests too deeply
 */
export function parseExpression(text: string): Parsed {
  const parser = new Parser(text);
  return { node: parser.parseAll(), nesting: parser.nesting, hasCalls: parser.hasCalls };
}

/** Reads the grammar's rules, each by a method; macros finish their nodes with it. */
export class Parser extends Tokens implements NodeMaker {
  #level = 0;
  hasCalls = false;

  parseAll(): Node {
    const node = this.#expression();
    if (this.token.type !== "end") throw this.unexpected();
    return node;
  }

  /** Finishes a node; `children` are those it was made of. */
  make(node: NewNode, ...children: readonly (Node | undefined)[]): Node {
    let depth = 0;
    for (const child of children) {
      if (child !== undefined && child.depth > depth) depth = child.depth;
    }
    if (depth >= MAX_DEPTH) throw nestingError({ start: 0, end: this.text.length });
    // A copy would take as long as reading the tokens of the node.
    (node as { depth?: number }).depth = depth + 1;
    return node as Node;
  }

  /** The text of a part of the expression. */
  textOf({ start, end }: Span): string {
    return this.text.slice(start, end);
  }

  #expression(): Node {
    if (++this.#level > MAX_DEPTH) throw nestingError({ start: 0, end: this.text.length });
    const { start } = this.token;
    let node = this.#binary(1);
    const mark = this.token.start;
    if (this.take("?")) {
      const then = this.#binary(1);
      if (!this.isAt(":")) throw this.withoutOtherwise(mark);
      this.advance();
      const otherwise = this.#expression();
      node = this.make(
        { kind: "conditional", condition: node, then, otherwise, start, end: this.lastEnd },
        node,
        then,
        otherwise,
      );
    }
    this.#level--;
    return node;
  }

  #binary(minimum: number): Node {
    const { start } = this.token;
    let left = this.#unary();
    for (;;) {
      const { text, type } = this.token;
      const precedence = type === "symbol" || text === "in" && type === "name"
        ? PRECEDENCE[text]
        : undefined;
      if (precedence === undefined || precedence < minimum) return left;
      this.advance();
      const right = this.#binary(precedence + 1);
      const common = { left, right, start, end: this.lastEnd };
      left = text === "&&" || text === "||"
        ? this.make({ kind: "logical", operator: text, ...common }, left, right)
        : this.make(
          { kind: "binary", operator: text as BinaryOperator, ...common },
          left,
          right,
        );
    }
  }

  #unary(): Node {
    const { start, text, type } = this.token;
    if (type !== "symbol" || (text !== "!" && text !== "-")) return this.#member();
    this.advance();
    const { type: next } = this.token;
    if (text === "-" && (next === "int" || next === "double")) return this.#member(start);
    if (++this.#level > MAX_DEPTH) throw nestingError({ start: 0, end: this.text.length });
    const operand = this.#unary();
    this.#level--;
    return this.make(
      { kind: "unary", operator: text, operand, start, end: this.lastEnd },
      operand,
    );
  }

  /** A primary expression with what follows it; `minus` is where a minus before a number is. */
  #member(minus?: number): Node {
    const start = minus ?? this.token.start;
    let node = this.#primary(minus);
    for (;;) {
      if (this.take(".")) {
        const optional = this.take("?");
        const name = this.#fieldName();
        if (!optional && this.token.text === "(" && name.type === "name") {
          node = this.#method(node, name, start);
        } else {
          const field = name.type === "quoted" ? name.value as string : name.text;
          const fieldSpan = { start: name.start, end: name.end };
          node = this.make(
            { kind: "select", operand: node, field, fieldSpan, optional, start, end: name.end },
            node,
          );
        }
      } else if (this.isAt("[")) {
        this.openBracket("[");
        const optional = this.take("?");
        const index = this.#expression();
        this.closeBracket("]");
        node = this.make(
          { kind: "index", operand: node, index, optional, start, end: this.lastEnd },
          node,
          index,
        );
      } else return node;
    }
  }

  #fieldName(): Token {
    const token = this.token;
    if (token.type !== "name" && token.type !== "quoted") throw this.expected("a name");
    this.advance();
    return token;
  }

  #method(target: Node, name: Token, start: number): Node {
    const args = this.#arguments();
    const nameSpan = { start: name.start, end: name.end };
    const call = { name: name.text, target, args, nameSpan, start, end: this.lastEnd };
    if (isMacro(call)) return readMacro(call, this);
    if (target.kind === "identifier" && NAMESPACES.has(target.name)) {
      const full = `${target.name}.${name.text}`;
      // A variable may have the name of a namespace: `lists.size()`.
      if (overloadsOf(full) !== undefined || overloadsOf(name.text) === undefined) {
        return this.make(
          {
            ...call,
            kind: "call",
            name: full,
            target: undefined,
            nameSpan: { start: target.start, end: name.end },
          },
          ...args,
        );
      }
    }
    return this.make({ kind: "call", ...call }, target, ...args);
  }

  #primary(minus: number | undefined): Node {
    const token = this.token;
    const { type, text, start } = token;
    switch (type) {
      case "name":
        return this.#name(token);
      case "int":
      case "uint":
      case "double":
        this.advance();
        return this.#number(token, minus);
      case "string":
        this.advance();
        return this.make(
          { kind: "literal", type, value: token.value as string, start, end: token.end },
        );
      case "bytes":
        this.advance();
        return this.make(
          { kind: "literal", type, value: token.value as Uint8Array, start, end: token.end },
        );
      case "symbol":
        if (text === "(") return this.#group();
        if (text === "[") return this.#list();
        if (text === "{") return this.#map();
        // A leading dot means the same as none: there are no containers.
        if (text === "." && minus === undefined) {
          this.advance();
          if (this.token.type === "name") return this.#name(this.token);
        }
    }
    throw this.unexpected();
  }

  #name({ text, start, end }: Token): Node {
    this.advance();
    const span = { start, end };
    switch (text) {
      case "true":
      case "false":
        return this.make({ kind: "literal", type: "bool", value: text === "true", ...span });
      case "null":
        return this.make({ kind: "literal", type: "null", value: null, ...span });
    }
    if (text === "in") throw new CelError('Unexpected "in"', {}, span);
    if (RESERVED_WORDS.has(text)) {
      const help = wordHelp(text);
      if (help !== undefined) throw new CelError(`Unexpected "${text}"`, { help }, span);
      throw new CelError(`"${text}" is a reserved word`, {
        help: `Write it in brackets after another name: parent['${text}']`,
      }, span);
    }
    if (this.token.text === "(") {
      const args = this.#arguments();
      const call = {
        name: text,
        target: undefined,
        args,
        nameSpan: span,
        start,
        end: this.lastEnd,
      };
      if (isMacro(call)) return readMacro(call, this);
      return this.make({ kind: "call", ...call }, ...args);
    }
    if (this.token.text === "{" && this.token.type === "symbol") {
      throw new CelError(`"${text}" is not a message type`, {
        help: "Write a map: {'field': value}",
      }, span);
    }
    return this.make({ kind: "identifier", name: text, ...span });
  }

  #number(token: Token, minus: number | undefined): Node {
    const span = { start: minus ?? token.start, end: token.end };
    return this.make({ kind: "literal", ...readNumber(token, minus !== undefined, span), ...span });
  }

  #group(): Node {
    this.openBracket("(");
    const node = this.#expression();
    this.closeBracket(")");
    return node;
  }

  #arguments(): Node[] {
    this.hasCalls = true;
    this.openBracket("(");
    const args: Node[] = [];
    if (!this.isAt(")")) {
      do args.push(this.#expression()); while (this.take(","));
    }
    this.closeBracket(")");
    return args;
  }

  #list(): Node {
    const { start } = this.token;
    this.openBracket("[");
    const items: { value: Node; optional: boolean }[] = [];
    while (!this.isAt("]")) {
      const optional = this.take("?");
      items.push({ value: this.#expression(), optional });
      if (!this.take(",")) break;
    }
    this.closeBracket("]");
    return this.make(
      { kind: "list", items, start, end: this.lastEnd },
      ...items.map(({ value }) => value),
    );
  }

  #map(): Node {
    const { start } = this.token;
    this.openBracket("{");
    const entries: { key: Node; value: Node; optional: boolean }[] = [];
    while (!this.isAt("}")) {
      const optional = this.take("?");
      const key = this.#expression();
      this.expect(":");
      entries.push({ key, value: this.#expression(), optional });
      if (!this.take(",")) break;
    }
    this.closeBracket("}");
    return this.make(
      { kind: "map", entries, start, end: this.lastEnd },
      ...entries.flatMap(({ key, value }) => [key, value]),
    );
  }
}
