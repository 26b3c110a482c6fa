/** The code that runs in an isolate before the script, and is all that it has of the outside. */

/**
 * An expression for a function that connects a script with its host. Only text crosses: values as
 * JSON, which the host parses again. What it uses later is taken before the script can replace it;
 * if a script finds another way to confuse it, it confuses only itself.
 */
export const GUEST = `((settle, send, write) => {
  "use strict";
  const { parse, stringify } = JSON;
  const { getPrototypeOf, keys, freeze } = Object;
  const { isArray } = Array;
  const { isFinite, isSafeInteger } = Number;
  const { apply } = Reflect;
  const { then } = Promise.prototype;
  const resolved = Promise.resolve.bind(Promise);
  const PromiseClass = Promise, ErrorClass = Error, MapClass = Map, SetClass = Set;
  const NumberOf = Number, StringOf = String;
  const root = Object.prototype;
  const MOST_TEXT = 16384;
  const slice = Function.prototype.call.bind(StringOf.prototype.slice);
  const calls = new MapClass();
  const failures = new WeakMap();
  const mapGet = Function.prototype.call.bind(MapClass.prototype.get);
  const mapSet = Function.prototype.call.bind(MapClass.prototype.set);
  const mapDelete = Function.prototype.call.bind(MapClass.prototype.delete);
  const failureGet = Function.prototype.call.bind(WeakMap.prototype.get);
  const failureSet = Function.prototype.call.bind(WeakMap.prototype.set);
  let next = 0;

  const refuse = (what) => {
    const error = new ErrorClass(what);
    failureSet(failures, error, "result");
    return error;
  };

  // JSON loses silently what it has no form for, so that is refused before.
  const text = (value, subject) => {
    const known = (key, item) => {
      const at = key === "" ? subject : subject + ": \\"" + slice(key, 0, 100) + "\\"";
      switch (typeof item) {
        case "function":
          throw refuse(at + " is a function");
        case "symbol":
          throw refuse(at + " is a symbol");
        case "bigint": {
          const number = NumberOf(item);
          return isSafeInteger(number) ? number : StringOf(item);
        }
        case "number":
          if (!isFinite(item)) throw refuse(at + " is " + item);
          return item;
        case "object": {
          if (item === null || isArray(item)) return item;
          const prototype = getPrototypeOf(item);
          if (prototype === root || prototype === null) return item;
          if (item instanceof MapClass || item instanceof SetClass || keys(item).length === 0) {
            throw refuse(at + " is not plain data");
          }
          return item;
        }
        default:
          return item;
      }
    };
    try {
      return stringify(value, known);
    } catch (error) {
      if (failureGet(failures, error) === "result") throw error;
      throw refuse(subject + ": " + error.message);
    }
  };

  const describe = (thrown) => {
    try {
      if (typeof thrown !== "object" || thrown === null) {
        const value = typeof thrown === "string" ? slice(thrown, 0, MOST_TEXT) : undefined;
        return stringify({ type: "value", value, of: thrown === null ? "null" : typeof thrown });
      }
      const failure = failureGet(failures, thrown);
      const line = (value) => value === undefined ? undefined : slice(StringOf(value), 0, MOST_TEXT);
      return stringify({
        type: failure === undefined ? "error" : failure === "result" ? "result" : "call",
        call: typeof failure === "number" ? failure : undefined,
        isError: thrown instanceof ErrorClass,
        name: line(thrown.name),
        message: line(thrown.message),
        stack: line(thrown.stack),
      });
    } catch {
      return '{"type":"unreadable"}';
    }
  };

  const succeed = (value) => {
    let result;
    try {
      result = text(value, "its result");
    } catch (error) {
      settle(false, describe(error));
      return;
    }
    settle(true, result);
  };
  const failed = (error) => settle(false, describe(error));

  const logs = (level) => (message, fields) => {
    const json = fields === undefined ? undefined : text(fields, "the fields of a log line");
    write(level, stringify(slice(StringOf(message), 0, MOST_TEXT)), json);
  };

  const createContext = (urn) => freeze({
    urn,
    log: freeze({ debug: logs("debug"), info: logs("info"), warn: logs("warn"), error: logs("error") }),
    execute: (name, input) => new PromiseClass((resolve, reject) => {
      if (typeof name !== "string") throw new TypeError("ctx.execute needs the name of a resource, a string");
      const given = text(input, "the input of " + slice(name, 0, 200));
      const id = ++next;
      mapSet(calls, id, { resolve, reject });
      send(id, stringify(name), given);
    }),
  });

  let main;
  return {
    load(define) {
      try {
        main = define();
        settle(true, typeof main === "function" ? "true" : "false");
      } catch (error) {
        failed(error);
      }
    },
    run(urn, input) {
      try {
        const result = main(input === undefined ? undefined : parse(input), createContext(parse(urn)));
        const isAsync = typeof result === "object" && result !== null || typeof result === "function";
        if (isAsync && typeof result.then === "function") apply(then, resolved(result), [succeed, failed]);
        else succeed(result);
      } catch (error) {
        failed(error);
      }
    },
    answer(id, isOk, json) {
      const call = mapGet(calls, id);
      mapDelete(calls, id);
      if (isOk) {
        call.resolve(json === undefined ? undefined : parse(json));
        return;
      }
      const { message, code, help, data } = parse(json);
      const error = new ErrorClass(message);
      error.name = "DiglyError";
      if (code !== undefined) error.code = code;
      if (help !== undefined) error.help = help;
      if (data !== undefined) error.data = data;
      failureSet(failures, error, id);
      call.reject(error);
    },
  };
})`;
