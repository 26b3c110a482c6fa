/** `Schedule.Every`: executes a resource at regular intervals. */
import { type Controller, defineController, durationMs } from "../../contract/author.ts";
import type { ScheduleFields } from "./fields.ts";
import { createSchedule } from "./schedule.ts";

const controller: Controller = defineController<ScheduleFields & { every: string | number }>({
  create(resource, ctx) {
    // The schema has checked the duration.
    const interval = durationMs(resource.every)!;
    let start: number | undefined;
    return createSchedule(resource, ctx, {
      continueFrom: (last) => start = last,
      next(after) {
        // Counted from the start, so that the time that timers are late does not add up.
        start ??= after;
        return start + (Math.floor((after - start) / interval) + 1) * interval;
      },
      description: `every ${resource.every}`,
    });
  },
});

export default controller;
