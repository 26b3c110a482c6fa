/** How many executions there were, and how many of them failed, over the last ten minutes. */
import type { JSX } from "preact";
import { useEffect, useRef } from "preact/hooks";
import uPlot from "uplot";
import { formatRate, formatTime } from "../format.ts";
import { live } from "../live.ts";
import { useStore } from "../store.ts";

const HEIGHT = 72;

/** The time that the chart covers. */
const SECONDS = 600;

/** The chart; the numbers beside it say the same as text. */
export function RateChart(): JSX.Element {
  const version = useStore(live.activityStore);
  const box = useRef<HTMLDivElement>(null);
  const plot = useRef<uPlot>(undefined);
  useEffect(() => {
    // An effect runs after the element exists.
    const element = box.current!;
    const draw = () => {
      plot.current?.destroy();
      plot.current = new uPlot(options(element), chartData(), element);
    };
    draw();
    const resize = new ResizeObserver(() =>
      plot.current?.setSize({ width: element.clientWidth, height: HEIGHT })
    );
    resize.observe(element);
    // The colours are those of the theme at the time of drawing.
    const theme = new MutationObserver(draw);
    theme.observe(document.documentElement, { attributeFilter: ["data-theme"] });
    const system = matchMedia("(prefers-color-scheme: dark)");
    system.addEventListener("change", draw);
    return () => {
      resize.disconnect();
      theme.disconnect();
      system.removeEventListener("change", draw);
      plot.current?.destroy();
      plot.current = undefined;
    };
  }, []);
  useEffect(() => plot.current?.setData(chartData()), [version]);

  const last = live.points.last;
  return (
    <div class="rates">
      <dl>
        <dt>Executions</dt>
        <dd>{formatRate(last?.perSecond ?? 0)}</dd>
        <dt>Errors</dt>
        <dd class={last?.errorsPerSecond ? "bad-text" : ""}>
          {formatRate(last?.errorsPerSecond ?? 0)}
        </dd>
      </dl>
      <div ref={box} class="chart" aria-hidden="true" />
    </div>
  );
}

function chartData(): uPlot.AlignedData {
  const points = live.points.latest();
  return [
    points.map(({ at }) => at),
    points.map(({ perSecond }) => perSecond),
    points.map(({ errorsPerSecond }) => errorsPerSecond),
  ];
}

function options(element: HTMLElement): uPlot.Options {
  const style = getComputedStyle(element);
  const color = (name: string) => style.getPropertyValue(name).trim();
  const axis = {
    stroke: color("color"),
    grid: { stroke: color("border-top-color"), width: 1 },
    ticks: { show: false },
    font: "11px system-ui, sans-serif",
  };
  return {
    width: element.clientWidth,
    height: HEIGHT,
    legend: { show: false },
    cursor: { show: false },
    padding: [6, 8, 0, 0],
    scales: {
      x: { range: (_plot, _min, max) => [max - SECONDS, max] },
      y: { range: (_plot, _min, max) => [0, Math.max(1, max * 1.1)] },
    },
    axes: [
      { ...axis, size: 22, incrs: [60, 120, 300], values: (_plot, ticks) => ticks.map(clock) },
      { ...axis, size: 44, splits: (_plot, _axis, _min, max) => [0, niceStep(max)] },
    ],
    series: [
      {},
      { stroke: color("outline-color"), width: 1.5, points: { show: false } },
      { stroke: color("caret-color"), width: 1.5, points: { show: false } },
    ],
  };
}

/** The time of day of a tick. */
function clock(seconds: number): string {
  return formatTime(seconds * 1000).slice(0, 5);
}

/** A round number in the upper half of an axis. */
function niceStep(max: number): number {
  const power = 10 ** Math.floor(Math.log10(max));
  return [5, 2, 1].map((factor) => factor * power).find((step) => step <= max * 0.95) ?? power / 2;
}
