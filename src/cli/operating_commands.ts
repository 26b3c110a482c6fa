/** Declares the commands for looking at apps that run, or have run. */
import { type Command, Option } from "commander";
import type { ClusterOptions } from "./cluster.ts";
import { CLUSTER_ACTIONS } from "./cluster_options.ts";
import { addLoadOptions, type Done } from "./define.ts";
import type { EventsOptions } from "./events.ts";
import { type CliHost, EVENTS_FILE } from "./host.ts";
import { JOB_ACTIONS, type JobsOptions } from "./jobs_options.ts";
import { addTo, formatOption, parseCount, withTimeoutOptions } from "./options.ts";
import type { TopOptions } from "./top.ts";
import { SORTS } from "./top_options.ts";

/** Adds the commands for apps of several processes. */
export function addCluster(program: Command, host: CliHost, done: Done): void {
  const { app } = host;
  const command = program.command("cluster").description("Show the processes of an app with roles")
    .argument("<action>", `what to do: ${CLUSTER_ACTIONS.join(", ")}`);
  if (app === undefined) {
    command.argument("<path>", "a runtime.yaml, or a folder that contains one");
  }
  withTimeoutOptions(addLoadOptions(command))
    .addOption(formatOption("text", "json"))
    .action(async (...args: unknown[]) => {
      const words = app === undefined ? args : [args[0], app.manifest, ...args.slice(1)];
      const [action, path, options] = words as [string, string, ClusterOptions];
      const { cluster } = await import("./cluster.ts");
      done(await cluster(host, path, { ...options, action }));
    });
}

/** Adds the commands for durable jobs. */
export function addJobs(program: Command, host: CliHost, done: Done): void {
  const { app } = host;
  const jobs = program.command("jobs").description(
    "List, show, retry and cancel the durable jobs of an app",
  ).argument("<action>", `what to do: ${JOB_ACTIONS.join(", ")}`);
  if (app === undefined) jobs.argument("<path>", "a runtime.yaml, or a folder that contains one");
  withTimeoutOptions(addLoadOptions(jobs))
    .argument("[id]", "the job to show, retry or cancel")
    .option("--count <count>", "list at most this many jobs", parseCount, 50)
    .addOption(formatOption("text", "json"))
    .action(async (...args: unknown[]) => {
      const words = app === undefined ? args : [args[0], app.manifest, ...args.slice(1)];
      const [action, path, id, options] = words as [
        string,
        string,
        string | undefined,
        JobsOptions,
      ];
      const { jobs } = await import("./jobs.ts");
      done(await jobs(host, path, { ...options, action, id }));
    });
}

/** Adds the command that shows what a running app does. */
export function addTop(program: Command, host: CliHost, done: Done): void {
  program.command("top").description("Show what an app does that runs with --inspect")
    .argument("[app]", "its runtime.yaml or folder, or the address of its inspector")
    .option("--count <count>", "show at most this many resources", parseCount, 20)
    .addOption(
      new Option("--sort <by>", "which resources to show").choices(SORTS).default(SORTS[0]),
    )
    .addOption(formatOption("text", "json"))
    .action(async (target: string | undefined, options: TopOptions) => {
      const { top } = await import("./top.ts");
      done(await top(host, target, options));
    });
}

/** Adds the command that shows the events of an app. */
export function addEvents(program: Command, host: CliHost, done: Done): void {
  const command = program.command("events").description(
    "Show the events of an app that is inspected, or those that run or exec wrote with --debug",
  )
    .argument(
      "[path]",
      "the app, the address of its inspector, or an event stream; by default the app that is " +
        `inspected in this folder, or ${EVENTS_FILE}`,
    )
    .option(
      "--type <pattern>",
      "only events with this name: 'Http.*', '*.Failed'; repeatable",
      addTo,
    )
    .option("--resource <Kind.Name>", "only events of this resource")
    .option("--since <when>", "only events since 30s or 2h ago, or 2026-02-01T12:00Z")
    .option("-f, --follow", "keep printing new events")
    .option("--summary", "show counts by type, boot times and the slowest resources")
    .option(
      "--cluster",
      "print the events of all processes of an app as they happen; [path] is its runtime.yaml",
    )
    .addOption(formatOption("text", "json"));
  addLoadOptions(withTimeoutOptions(command))
    .action(async (path: string | undefined, options: EventsOptions) => {
      const { events } = await import("./events.ts");
      done(await events(host, path, options));
    });
}
