/**
 * Ends the process of a script while its code may be computing: when its parent has gone, and when it
 * uses too much memory. That takes a thread of its own.
 */
import process from "node:process";
import { Worker } from "node:worker_threads";

/** Milliseconds between two looks. */
const INTERVAL = 20;

/** The code of the thread, as text, since it is a file of its own in no form of the program. */
const THREAD = `
const process = require("node:process");
const { writeSync } = require("node:fs");
const { parentPort, workerData } = require("node:worker_threads");
const never = new Int32Array(new SharedArrayBuffer(4));
parentPort.postMessage("started");
for (;;) {
  Atomics.wait(never, 0, 0, ${INTERVAL});
  if (process.ppid !== workerData.parent) process.kill(process.pid, "SIGKILL");
  if (process.memoryUsage().rss > workerData.most) {
    writeSync(1, '\\n{"type":"memory"}\\n');
    process.kill(process.pid, "SIGKILL");
  }
}
`;

/** Watches from now on; `memory` is what the process may use in addition to what it uses now. */
export async function startWatchdog(parent: number, memory: number): Promise<void> {
  const most = process.memoryUsage().rss + memory;
  const thread = new Worker(THREAD, { eval: true, workerData: { parent, most } });
  await new Promise<void>((resolve, reject) => {
    thread.once("message", () => resolve());
    thread.once("error", reject);
  });
  thread.unref();
}
