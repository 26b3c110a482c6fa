/** Reads the test cases of a file. */
import type { Diagnostics } from "../contract/diagnostics.ts";
import { DiglyError, fail, isDiglyError } from "../contract/errors.ts";
import type { Platform } from "../contract/platform.ts";
import type { RuntimeResource } from "../contract/resource.ts";
import { formatUrn, isKernelKind } from "../contract/urn.ts";
import type { Kernel } from "../kernel/kernel.ts";
import type { KernelOptions } from "../kernel/options.ts";
import { loadEngine } from "../template/expr/engine.ts";
import { overlayPlatform } from "./overlay.ts";
import { type CaseFields, TEST_CASE, type TestCase } from "./test_case.ts";

/** Creates kernels with the built-in modules. */
export type CreateKernel = (options: Partial<Omit<KernelOptions, "builtins">>) => Promise<Kernel>;

/** What reading a file takes. */
export interface CaseSources {
  readonly platform: Platform;
  readonly createKernel: CreateKernel;
}

/**
 * The cases of the file at a URL, in their order. Mistakes are reported to `diagnostics`; none of
 * the cases of a file with mistakes is given.
 */
export async function loadCases(
  url: string,
  { platform, createKernel }: CaseSources,
  diagnostics: Diagnostics,
): Promise<TestCase[]> {
  // Expectations are expressions, whatever else the file has.
  await loadEngine();
  const errors = new Set<DiglyError>();
  const report = (error: DiglyError) => {
    if (!errors.has(error)) diagnostics.error(explained(error));
    errors.add(error);
  };
  // The file consists of resources alone: the manifest that lists it exists only here.
  const manifest = new URL(LIST_OF_CASES, url).href;
  const kernel = await createKernel({
    platform: overlayPlatform(platform, {
      [manifest]: `name: Tests\nimports: [digly:test]\nresources: [${JSON.stringify(url)}]\n`,
    }),
    checking: true,
    diagnostics: { error: report, warning: (warning) => diagnostics.warning(warning) },
  });
  let resources: readonly RuntimeResource[] = [];
  try {
    await kernel.load(manifest);
    resources = kernel.resources().filter(({ kind }) => !isKernelKind(kind));
    if (errors.size > 0) return [];
    requireCases(resources, url, kernel, platform);
    await kernel.verify();
  } catch (error) {
    if (!isDiglyError(error)) throw error;
    report(error);
  }
  return errors.size > 0 ? [] : resources.map((resource) => caseOf(resource, url, kernel));
}

const LIST_OF_CASES = ".digly-test.yaml";

/** The codes of mistakes in an expression that is evaluated. */
const EVALUATED: readonly DiglyError["code"][] = [
  "ERR_COMPILATION_FAILED",
  "ERR_EXPRESSION_TYPE",
  "ERR_REFERENCE_UNRESOLVED",
];

/** The error, with what to do about an expectation that is written like an expression of a value. */
function explained(error: DiglyError): DiglyError {
  const { code, message, details, origin, related } = error;
  if (origin?.file.endsWith(LIST_OF_CASES)) {
    // Nobody wrote the manifest that the error points at; the message names the file itself.
    return new DiglyError(code, message, details, { related, help: error.help });
  }
  if (!EVALUATED.includes(code) || !/^\$\.expect\[\d+\]$/.test(origin?.path ?? "")) return error;
  const help = "An expectation is an expression by itself: write it without ${{ }}";
  return new DiglyError(code, message, details, { origin, related, help });
}

/** Throws for a file that contains something else, or nothing. */
function requireCases(
  resources: readonly RuntimeResource[],
  url: string,
  kernel: Kernel,
  { toPath }: Platform,
): void {
  const other = resources.find(({ kind }) => kind !== TEST_CASE);
  if (other !== undefined) {
    const urn = formatUrn(other.kind, other.metadata.name);
    throw fail("ERR_MANIFEST_INVALID", { problem: `${urn} is not a test case` }, {
      origin: kernel.originAt(urn, ["kind"]),
      help: `Write \`kind: ${TEST_CASE}\`, or move the resource to the app that is tested`,
    });
  }
  if (resources.length > 0) return;
  throw fail("ERR_MANIFEST_INVALID", { problem: `${toPath(url)} contains no test case` }, {
    help: `Write a document of \`kind: ${TEST_CASE}\` into it`,
  });
}

function caseOf(resource: RuntimeResource, file: string, kernel: Kernel): TestCase {
  const { kind, metadata: { name } } = resource;
  const urn = formatUrn(kind, name);
  return {
    name,
    file,
    // The schema of test cases has checked the fields.
    fields: resource as unknown as CaseFields,
    originAt: (path, anchor) => kernel.originAt(urn, path, anchor),
  };
}
