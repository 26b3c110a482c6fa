/** Code for comprehensions over one name. */
import type { Comprehension } from "../ast.ts";
import type { Atom, Generator, Place } from "./generator.ts";

/** The code of a comprehension; `undefined` if it is left to the closure. */
export function generateLoop(
  generator: Generator,
  node: Comprehension,
  place: Place,
): Atom | undefined {
  const { macro, variables, filter } = node;
  if (variables.length > 1 || macro.startsWith("transform") || macro === "sortBy") return undefined;
  const inner = { ...place, leaves: false };
  const collection = generator.generate(node.collection, inner);
  const items = generator.put(
    `Array.isArray(${collection.code})?${collection.code}:R.items(c,${
      generator.boxed(collection)
    })`,
    "list",
  );
  const [index, item] = [generator.name(), generator.name()];
  const { names, slots } = place.names.bind([variables[0].name]);
  const locals = new Map(place.locals).set(variables[0].name, { code: item, type: "any" });
  const turn: Place = { names, locals, leaves: false };
  const result = generator.name();
  const outerClosure = generator.usedClosure;
  generator.usedClosure = false;
  const { code: body } = generator.block(() => {
    switch (macro) {
      case "map":
        return collect(
          filter === undefined ? undefined : generator.condition(filter, turn),
          () => generator.generate(node.body, { ...turn, leaves: place.leaves }),
        );
      case "filter":
        return collect(
          generator.condition(node.body, turn),
          () => generator.leave({ code: item, type: "any" }, { ...turn, leaves: place.leaves }),
        );
      case "existsOne":
        generator.body += `if(${generator.condition(node.body, turn).code})${result}++;`;
        return;
      default: {
        const found = macro === "exists";
        const { code } = generator.condition(node.body, turn);
        generator.body += `if(${code}===${found}){${result}=${found};break;}`;
      }
    }
  });
  // A closure in the body reads the item from its slot.
  const slot = generator.usedClosure ? `s[${slots[0]}]=${item};` : "";
  generator.usedClosure ||= outerClosure;
  const initial = macro === "existsOne"
    ? "0"
    : macro === "all"
    ? "true"
    : macro === "exists"
    ? "false"
    : "[]";
  generator.body += `let ${result}=${initial};` +
    `for(let ${index}=0;${index}<${items.code}.length;${index}++){if(--c.steps<0)R.bail();` +
    `let ${item}=${items.code}[${index}];if(typeof ${item}!=="string"&&typeof ${item}!=="number")` +
    `${item}=R.enter(${item})??null;${slot}${body}}`;
  if (macro === "existsOne") return generator.put(`${result}===1`, "bool");
  if (macro === "all" || macro === "exists") return { code: result, type: "bool" };
  return { code: result, type: place.leaves ? "plain" : "list" };

  function collect(condition: Atom | undefined, value: () => Atom): void {
    const { code, result: atom } = generator.block(value);
    let push = code;
    if (place.leaves) push += `${result}.push(${atom.code});`;
    else {
      const { code: kept } = generator.block(() => {
        const boxed = generator.put(generator.boxed(atom), "any").code;
        generator.body += `${result}.push(${boxed});`;
        generator.note(result, boxed);
      });
      push += kept;
    }
    generator.body += condition === undefined ? push : `if(${condition.code}){${push}}`;
  }
}
