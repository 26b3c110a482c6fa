/** The folder that a resource may touch, and the paths below it. */
import { lstat, realpath, stat } from "node:fs/promises";
import { basename, dirname, isAbsolute, join, relative, resolve, sep } from "node:path";
import { messageOf, type ModuleCreateContext } from "../../contract/author.ts";
import { resolvePath } from "../shared/manifest_path.ts";
import { fileError, outsideRoot } from "./errors.ts";

/** A folder that no path leads out of. */
export class Root {
  readonly #ctx: ModuleCreateContext;
  readonly #written: string;
  #folder = "";

  constructor(root: string, ctx: ModuleCreateContext) {
    this.#written = root;
    this.#ctx = ctx;
  }

  /** The absolute path of the folder, with all links followed. */
  get folder(): string {
    return this.#folder;
  }

  /** Finds the folder. Throws an error at the field `root` if there is none. */
  async open(): Promise<void> {
    const path = resolvePath(this.#written, ["root"], this.#ctx);
    try {
      this.#folder = await realpath(path);
      if ((await stat(this.#folder)).isDirectory()) return;
    } catch (error) {
      const { code } = error as { readonly code?: unknown };
      if (code !== "ENOENT") throw this.#ctx.problem(["root"], messageOf(error), { cause: error });
      throw this.#ctx.problem(["root"], `the folder ${path} does not exist`, {
        help: "Create it first; the path is relative to this file",
      });
    }
    throw this.#ctx.problem(["root"], `${path} is not a folder`);
  }

  /**
   * The absolute path of a file or folder, with all links followed. What does not exist has its name
   * below the nearest folder that does. Throws `File.OutsideRoot` for what is not below the root.
   */
  async resolve(path: string, action: "read" | "written" = "read"): Promise<string> {
    let existing = this.#below(path);
    let missing = "";
    while (isWithin(this.#folder, existing)) {
      try {
        const real = await realpath(existing);
        if (!isWithin(this.#folder, real)) throw outsideRoot(path);
        return join(real, missing);
      } catch (error) {
        const { code } = error as { readonly code?: unknown };
        if (code !== "ENOENT") throw fileError(error, path, action);
      }
      // A link to something that does not exist would be followed when a file is made.
      if (await exists(existing)) throw outsideRoot(path);
      missing = join(basename(existing), missing);
      existing = dirname(existing);
    }
    throw fileError({ code: "ENOENT" }, path, action);
  }

  /** The path of a file below the root, with slashes. */
  relative(path: string): string {
    return relative(this.#folder, path).split(sep).join("/");
  }

  #below(path: string): string {
    const isPath = path !== "" && !path.includes("\0") && !isAbsolute(path) &&
      !(sep === "\\" && path.includes(":"));
    const wanted = isPath ? resolve(this.#folder, path) : "";
    if (!isPath || !isWithin(this.#folder, wanted)) throw outsideRoot(path);
    return wanted;
  }
}

function isWithin(folder: string, path: string): boolean {
  return path === folder || path.startsWith(folder.endsWith(sep) ? folder : folder + sep);
}

async function exists(path: string): Promise<boolean> {
  try {
    await lstat(path);
    return true;
  } catch {
    return false;
  }
}
