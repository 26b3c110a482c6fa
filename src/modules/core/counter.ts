/** `Metric.Counter`: a metric that only grows. */
import { type Controller, defineController } from "../../contract/author.ts";
import { inputCheck } from "./input_check.ts";
import { helpOf, labelsOf, measurement, type MetricFields, nameOf } from "./metric.ts";

const controller: Controller = defineController<MetricFields>({
  async create(metric, ctx) {
    const counter = ctx.metrics.ofApp.counter(nameOf(metric), helpOf(metric), labelsOf(metric));
    const measure = measurement(metric, ctx);
    const checkInput = await inputCheck(metric, ctx);
    return {
      execute(input) {
        checkInput(input);
        const { labels, value } = measure(input);
        counter.inc(labels, value);
        return null;
      },
    };
  },
});

export default controller;
