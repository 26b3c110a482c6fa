/** Derives the names in new files from the name of the folder. */
import { isReservedName } from "../../contract/reserved.ts";

/** A module's name: `my-mail 2` gives `MyMail2`. */
export function moduleName(folder: string, fallback: string): string {
  const words = folder.match(/[A-Za-z0-9]+/g) ?? [];
  const name = words.map((word) => word.charAt(0).toUpperCase() + word.slice(1)).join("");
  if (name === "") return fallback;
  return /^[0-9]/.test(name) || isReservedName(name) ? fallback + name : name;
}

/** An npm package's name: `My mail_2` gives `my-mail-2`. */
export function packageName(folder: string, fallback: string): string {
  return (folder.match(/[A-Za-z0-9]+/g) ?? [fallback]).join("-").toLowerCase();
}

/** The names that the files of a starter module contain. */
export interface ModuleNames {
  /** The name of the module, the prefix of its kinds. */
  readonly name: string;
  /** Of the npm package. */
  readonly packageName: string;
  /** The version of Digly that the module requires. */
  readonly version: string;
}
