/** What identifies an execution, or other work. */
import type { ExecutionContext } from "../kernel/run/execution_context.ts";

/** The ids and the resource. */
export type Identity = Pick<ExecutionContext, "spanId" | "traceId" | "urn">;

/** The identity of work, whose trace is that of the first execution below it. */
export class Work implements Identity {
  readonly urn: string;
  readonly traceId = "";
  #spanId: string | undefined;

  constructor(urn: string) {
    this.urn = urn;
  }

  get spanId(): string {
    return this.#spanId ??= randomHex(8);
  }
}

/** A random number of `length` bytes. */
export function randomHex(length: number): string {
  const bytes = crypto.getRandomValues(new Uint8Array(length));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}
