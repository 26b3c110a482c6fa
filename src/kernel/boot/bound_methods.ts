/**
 * Lets callers take methods out of an instance, as in `const { emit } = ctx`: a method is bound to its
 * instance when it is read for the first time. Most instances use few of their methods, and binding all
 * of them took more time than everything else that is done for a resource.
 *
 * Nothing can be added to the prototype or replaced in it from then on, because modules share it.
 */
export function bindMethodsOnRead(type: { readonly prototype: object }): void {
  const { prototype } = type;
  for (const [name, { value }] of Object.entries(Object.getOwnPropertyDescriptors(prototype))) {
    if (name === "constructor" || typeof value !== "function") continue;
    Object.defineProperty(prototype, name, {
      get(): unknown {
        const bound = value.bind(this);
        Object.defineProperty(this, name, { value: bound, enumerable: true });
        return bound;
      },
    });
  }
  Object.freeze(prototype);
}
