/** `Schedule.Cron`: executes a resource at the times of a cron pattern. */
import { type Controller, defineController } from "../../contract/author.ts";
import type { ScheduleFields } from "./fields.ts";
import { parsePattern } from "./pattern.ts";
import { createSchedule } from "./schedule.ts";

const controller: Controller = defineController<
  ScheduleFields & { cron: string; timeZone?: string }
>({
  create(resource, ctx) {
    const { cron, timeZone } = resource;
    const next = parsePattern(cron, timeZone);
    return createSchedule(resource, ctx, { next, description: `cron ${cron}` });
  },
});

export default controller;
