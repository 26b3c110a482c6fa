/** What `platform_test.ts` runs on every runtime: one action of the host's platform. */
import process from "node:process";
import { prototypeOf } from "../../src/cel/generate/writer.ts";
import { isDiglyError } from "../../src/contract/errors.ts";
import { hostPlatform } from "../../src/platform/host.ts";

const platform = hostPlatform();

const actions: Record<string, (argument: string) => unknown> = {
  runtime() {
    // The code of expressions that run often: what it does not recognise is slow, not wrong.
    const code = `return (value) => ${prototypeOf("value")} === Object.prototype`;
    const isPlain = new Function(code)() as (value: object) => boolean;
    const recognises = isPlain({ a: 1 }) && !isPlain([]);
    platform.stdout.write(JSON.stringify({ ...platform.runtime, recognises }));
  },
  flood() {
    for (let i = 0; i < 64; i++) platform.stdout.write("x".repeat(65_536));
    platform.stderr.write("written");
    platform.exit(7);
  },
  async echo() {
    platform.stdout.write(new TextDecoder().decode(await platform.readStdin(1e9)));
  },
  signals() {
    const stayUp = setInterval(() => {}, 1_000);
    const stop = platform.onSignal((signal) => {
      platform.stdout.write(signal);
      if (signal !== "SIGTERM") return;
      clearInterval(stayUp);
      stop();
    });
    platform.stdout.write("ready");
  },
  unhandled() {
    platform.onUnhandled((error) => platform.stdout.write(`[${(error as Error).message}]`));
    void Promise.reject(new Error("rejection"));
    setTimeout(() => {
      throw new Error("exception");
    }, 10);
  },
  async import(path) {
    try {
      const { answer } = await platform.importModule(platform.toUrl(path));
      platform.stdout.write(JSON.stringify(answer));
    } catch (error) {
      if (!isDiglyError(error)) throw error;
      const { origin, message, help } = error;
      const where = origin && `${origin.line}:${origin.column}`;
      platform.stdout.write(JSON.stringify({ message, where, help }));
    }
  },
};

void actions[process.argv[2]!]!(process.argv[3] ?? "");
