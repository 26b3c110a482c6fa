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

/** A line for each of the files that two builds made differently. */
export function differences(
  files: readonly string[],
  first: ReadonlyMap<string, string>,
  second: ReadonlyMap<string, string>,
): string[] {
  return files.filter((file) => first.get(file) !== second.get(file)).map((file) =>
    `${file} differs: ${first.get(file) ?? "missing"} first, ${second.get(file) ?? "missing"} then`
  );
}
