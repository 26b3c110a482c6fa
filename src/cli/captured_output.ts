/** Runs a command and gives what it has written, instead of writing it. */
import { isDiglyError, messageOf } from "../contract/errors.ts";
import type { Output, Platform } from "../contract/platform.ts";
import type { CliHost } from "./host.ts";
import { renderError } from "./report.ts";
import { renderingOn } from "./session.ts";

/** What a command has written. */
export interface CapturedOutput {
  readonly stdout: string;
  /** Without color. */
  readonly stderr: string;
  readonly exitCode: number;
}

/** Runs a command that has no standard input; it stops as it does for SIGTERM once `cancel` is aborted. */
export async function captureOutput(
  host: CliHost,
  run: (host: CliHost) => Promise<number>,
  cancel?: AbortSignal,
): Promise<CapturedOutput> {
  const stdout = collect();
  const stderr = collect();
  const platform: Platform = {
    ...host.platform,
    stdout: stdout.output,
    stderr: stderr.output,
    readStdin: () => Promise.resolve(new Uint8Array()),
    onSignal(listener) {
      const off = host.platform.onSignal(listener);
      const onCancel = () => listener("SIGTERM");
      if (cancel?.aborted === true) onCancel();
      cancel?.addEventListener("abort", onCancel, { once: true });
      return () => {
        off();
        cancel?.removeEventListener("abort", onCancel);
      };
    },
  };
  const own: CliHost = {
    ...host,
    platform,
    createKernel: (choices) => host.createKernel({ platform, ...choices }),
  };
  let exitCode = 1;
  try {
    exitCode = await run(own);
  } catch (error) {
    const text = isDiglyError(error)
      ? renderError(error, { ...renderingOn(own, false), color: false })
      : messageOf(error);
    stderr.output.write(text);
  }
  return { stdout: stdout.text().trimEnd(), stderr: stderr.text().trimEnd(), exitCode };
}

function collect(): { readonly output: Output; text(): string } {
  let text = "";
  const decoder = new TextDecoder();
  return {
    output: {
      isTerminal: false,
      write: (content) => {
        text += typeof content === "string" ? content : decoder.decode(content, { stream: true });
      },
    },
    text: () => text,
  };
}
