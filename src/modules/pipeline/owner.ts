/** Who works on a job: a process, which may be gone. */
import { readlinkSync } from "node:fs";
import { hostname } from "node:os";
import process from "node:process";

/** The machine, or container, within which process ids mean something. */
const place = `${hostname()} ${processNamespace()}`;

/** A name for this process and one of its jobs. */
export function ownerName(unique: string): string {
  return `${process.pid} ${unique} ${place}`;
}

/** True if a process of this machine was the owner, and has ended. */
export function hasEnded(owner: string): boolean {
  const [pid, , ...rest] = owner.split(" ");
  if (rest.join(" ") !== place) return false;
  try {
    process.kill(Number(pid), 0);
    return false;
  } catch (error) {
    return (error as { readonly code?: unknown }).code === "ESRCH";
  }
}

/** Containers may have the same name, but not the same namespace of process ids. */
function processNamespace(): string {
  try {
    return readlinkSync("/proc/self/ns/pid");
  } catch {
    return "-";
  }
}
