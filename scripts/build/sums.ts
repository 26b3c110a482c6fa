/** Checksums of built files. */
import { createHash } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";

/** The SHA-256 of each file, as lower-case hexadecimal. */
export function sumsOf(folder: string, files: readonly string[]): Map<string, string> {
  const sum = (file: string) =>
    createHash("sha256").update(readFileSync(folder + file)).digest("hex");
  return new Map(files.map((file) => [file, sum(file)]));
}

/** Writes `SHA256SUMS`, as `sha256sum --check` reads it. */
export function writeSums(folder: string, files: readonly string[]): void {
  const lines = [...sumsOf(folder, files)].map(([file, sum]) => `${sum}  ${file}\n`);
  writeFileSync(folder + "SHA256SUMS", lines.join(""));
}

/** A line for each file that two builds do not have in common. */
export function differences(
  first: ReadonlyMap<string, string>,
  second: ReadonlyMap<string, string>,
): string[] {
  const files = new Set([...first.keys(), ...second.keys()]);
  return [...files].filter((file) => first.get(file) !== second.get(file)).map((file) =>
    `${file} differs: ${first.get(file) ?? "missing"} first, ${second.get(file) ?? "missing"} then`
  );
}
