/** `digly mcp`: lets an agent list, check, execute and test an app, over the Model Context Protocol. */
import { isMap } from "../contract/resource.ts";
import { argumentProblem } from "./mcp_arguments.ts";
import type { CliHost, CommonOptions } from "./host.ts";
import { createTools, type ToolOutput } from "./mcp_tools.ts";
import { renderError } from "./report.ts";
import { renderingOn } from "./session.ts";

const INSTRUCTIONS =
  "Digly runs apps that are described as resources in YAML. Use check after each " +
  "change of a manifest, and run_tests before you say that something works. list_resources shows " +
  "what there is, with the schema of the input of each resource; execute runs one of them.";

/** The most characters of an output that an agent is given. */
const MOST_TEXT = 256 * 1_024;

/** Serves the app at `path` until standard input ends; resolves with the exit code. */
export async function mcp(host: CliHost, path: string, options: CommonOptions): Promise<number> {
  host.platform.endStartup?.();
  const tools = createTools(host, path, options);
  await host.serveMcp({
    serverInfo: { name: "digly", version: host.version },
    instructions: INSTRUCTIONS,
    list: () => tools.map(({ call: _, ...description }) => description),
    call(name, input, { signal }) {
      const tool = tools.find((one) => one.name === name);
      if (tool === undefined) return undefined;
      const given = input ?? {};
      const problem = isMap(given)
        ? argumentProblem(tool.inputSchema, given)
        : "The arguments must be an object";
      const output: Promise<ToolOutput> = problem === undefined && isMap(given)
        ? tool.call(given, signal)
        : Promise.resolve({ texts: [`error: ${problem}`], isError: true });
      return output.catch((error) => ({
        texts: [renderError(error, { ...renderingOn(host, false), color: false })],
        isError: true,
      })).then(({ texts, isError }) => {
        const written = texts.filter((text) => text !== "");
        return {
          content: (written.length === 0 ? ["Done"] : written).map((text) => ({
            type: "text",
            text: shorten(text),
          })),
          ...(isError ? { isError } : {}),
        };
      });
    },
  });
  return 0;
}

function shorten(text: string): string {
  return text.length <= MOST_TEXT
    ? text
    : `${text.slice(0, MOST_TEXT)}… (${text.length - MOST_TEXT} more characters)`;
}
