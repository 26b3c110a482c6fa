/** Files that belong to an app, beside its manifests and controllers. */

/**
 * A file that a resource names, as `ctx.readFiles` reads it.
 *
 * @example
 * const texts = ctx.readFiles(["words"]).map(({ name, bytes }) => ({
 *   name,
 *   text: new TextDecoder().decode(bytes),
 * }));
 */
export interface AppFile {
  /** Its name, without folders. */
  readonly name: string;
  /** Its absolute path, for people. */
  readonly path: string;
  readonly bytes: Uint8Array;
}
