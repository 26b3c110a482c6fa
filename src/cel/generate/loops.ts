/** Code for comprehensions over one name. */
import type { Comprehension } from "../ast.ts";
import { stepsOfTurn } from "../turn_steps.ts";
import type { Atom, Place, Writer } from "./writer.ts";

/** The code of a comprehension; `undefined` if it is left to the closure. */
export function generateLoop(
  writer: Writer,
  node: Comprehension,
  place: Place,
): Atom | undefined {
  const { macro, variables, filter } = node;
  if (variables.length > 1 || macro.startsWith("transform") || macro === "sortBy") return undefined;
  const inner = { ...place, leaves: false };
  const collection = writer.generate(node.collection, inner);
  const items = writer.put(
    `Array.isArray(${collection.code})?${collection.code}:R.items(c,${writer.boxed(collection)})`,
    "list",
  );
  const [index, item] = [writer.name(), writer.name()];
  const { names, slots } = place.names.bind([variables[0].name]);
  const locals = new Map(place.locals).set(variables[0].name, { code: item, type: "any" });
  const turn: Place = { names, locals, leaves: false };
  const result = writer.name();
  const outerClosure = writer.usedClosure;
  writer.usedClosure = false;
  const { code: body } = writer.block(() => {
    switch (macro) {
      case "map":
        return collect(
          filter === undefined ? undefined : writer.condition(filter, turn),
          () => writer.generate(node.body, { ...turn, leaves: place.leaves }),
        );
      case "filter":
        return collect(
          writer.condition(node.body, turn),
          () => writer.leave({ code: item, type: "any" }, { ...turn, leaves: place.leaves }),
        );
      case "existsOne":
        writer.body += `if(${writer.condition(node.body, turn).code})${result}++;`;
        return;
      default: {
        const found = macro === "exists";
        const { code } = writer.condition(node.body, turn);
        writer.body += `if(${code}===${found}){${result}=${found};break;}`;
      }
    }
  });
  // A closure in the body reads the item from its slot.
  const slot = writer.usedClosure ? `s[${slots[0]}]=${item};` : "";
  writer.usedClosure ||= outerClosure;
  const initial = macro === "existsOne"
    ? "0"
    : macro === "all"
    ? "true"
    : macro === "exists"
    ? "false"
    : "[]";
  const steps = stepsOfTurn(node);
  const spend = steps === 1 ? "--c.steps" : `(c.steps-=${steps})`;
  writer.body += `let ${result}=${initial};` +
    `for(let ${index}=0;${index}<${items.code}.length;${index}++){if(${spend}<0)R.bail();` +
    `let ${item}=${items.code}[${index}];if(typeof ${item}!=="string"&&typeof ${item}!=="number")` +
    `${item}=R.enter(${item})??null;${slot}${body}}`;
  if (macro === "existsOne") return writer.put(`${result}===1`, "bool");
  if (macro === "all" || macro === "exists") return { code: result, type: "bool" };
  return { code: result, type: place.leaves ? "plain" : "list" };

  function collect(condition: Atom | undefined, value: () => Atom): void {
    const { code, result: atom } = writer.block(value);
    let push = code;
    if (place.leaves) push += `${result}.push(${atom.code});`;
    else {
      const { code: kept } = writer.block(() => {
        const boxed = writer.put(writer.boxed(atom), "any").code;
        writer.body += `${result}.push(${boxed});`;
        writer.note(result, boxed);
      });
      push += kept;
    }
    writer.body += condition === undefined ? push : `if(${condition.code}){${push}}`;
  }
}
