/** What of other people's work is inside the program: its licences and a bill of materials. */
import { Buffer } from "node:buffer";
import { readdirSync, readFileSync } from "node:fs";

/** A package of which code was bundled. */
export interface BundledPackage {
  readonly name: string;
  readonly version: string;
  /** An SPDX expression. */
  readonly license: string;
  readonly homepage: string | undefined;
  /** The text of its licence. */
  readonly text: string;
  /** Subresource integrity as the lock file has it, `sha512-…`. */
  readonly integrity: string | undefined;
}

type Json = Readonly<Record<string, unknown>>;

/** The packages that the files at `inputs` are of, by name, and Bun, which carries them. */
export function bundledPackages(inputs: readonly string[], root: string): BundledPackage[] {
  const folders = new Set(
    inputs.flatMap((path) => /^(?:.*\/)?node_modules\/(?:@[^/]+\/)?[^/]+/.exec(path)?.[0] ?? []),
  );
  const lock = readJson(root + "package-lock.json")["packages"] as Record<string, Json>;
  // The folder of modules may be a link: what counts is the path of a package below it.
  return [...folders, "node_modules/bun", "node_modules/rapidoc"].map((folder) => {
    const at = folder.slice(folder.indexOf("node_modules/"));
    return readPackage(root + at, lock[at]?.["integrity"] as string | undefined);
  }).sort((a, b) => a.name < b.name ? -1 : 1);
}

function readPackage(folder: string, integrity: string | undefined): BundledPackage {
  const { name, version, license, homepage } = readJson(folder + "/package.json");
  const file =
    readdirSync(folder).filter((entry) => /^(licen[cs]e|copying)/i.test(entry)).sort()[0];
  if (typeof license !== "string") throw new Error(`${folder} names no licence`);
  return {
    name: String(name),
    version: String(version),
    license,
    homepage: typeof homepage === "string" ? homepage : undefined,
    text: file === undefined ? "" : readFileSync(`${folder}/${file}`, "utf8").trim(),
    integrity,
  };
}

/** The licences of everything that travels with the program. */
export function licencesText(packages: readonly BundledPackage[]): string {
  const parts = packages.map(({ name, version, license, homepage, text }) =>
    [`${name} ${version}`, license, homepage, "", text || `Licensed under ${license}.`]
      .filter((line) => line !== undefined).join("\n")
  );
  return "Digly contains code of these packages; bun only in the executables.\n\n" +
    parts.join(`\n\n${"-".repeat(80)}\n\n`) + "\n";
}

/** A bill of materials in the format CycloneDX 1.5; without a time, so that builds are equal. */
export function billOfMaterials(
  packages: readonly BundledPackage[],
  { version, commit }: { readonly version: string; readonly commit: string },
): Json {
  return {
    $schema: "http://cyclonedx.org/schema/bom-1.5.schema.json",
    bomFormat: "CycloneDX",
    specVersion: "1.5",
    version: 1,
    metadata: {
      component: {
        type: "application",
        "bom-ref": `pkg:npm/digly@${version}`,
        name: "digly",
        version,
        purl: `pkg:npm/digly@${version}`,
        licenses: [{ license: { id: "MIT" } }],
        properties: [{ name: "digly:commit", value: commit }],
      },
    },
    components: packages.map(component),
    dependencies: [
      { ref: `pkg:npm/digly@${version}`, dependsOn: packages.map(purlOf) },
      ...packages.map((item) => ({ ref: purlOf(item), dependsOn: [] })),
    ],
  };
}

function component(item: BundledPackage): Json {
  const { name, version, license, homepage, integrity } = item;
  const [, algorithm, digest] = /^(sha512)-(.+)$/.exec(integrity ?? "") ?? [];
  return {
    type: name === "bun" ? "platform" : "library",
    "bom-ref": purlOf(item),
    name,
    version,
    purl: purlOf(item),
    licenses: [/[ ()]/.test(license) ? { expression: license } : { license: { id: license } }],
    ...(algorithm === undefined ? {} : {
      hashes: [{ alg: "SHA-512", content: Buffer.from(digest ?? "", "base64").toString("hex") }],
    }),
    ...(homepage === undefined ? {} : { externalReferences: [{ type: "website", url: homepage }] }),
  };
}

function purlOf({ name, version }: BundledPackage): string {
  return `pkg:npm/${name.replace("@", "%40")}@${version}`;
}

function readJson(path: string): Json {
  return JSON.parse(readFileSync(path, "utf8"));
}
