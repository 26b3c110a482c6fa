/** How functions are added to the expression language. */

/** Registers a function: `string.charAt(int): string`, and what it does. */
export type Register = (
  signature: string,
  handler: (...args: never[]) => unknown,
) => void;
