/** The part of the page in which the graph is moved, zoomed and walked through. */
import type { ComponentChildren, JSX } from "preact";
import { useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";
import type { Edge } from "../../src/inspector/api.ts";
import { Drawing, MANY_NODES } from "./drawing.tsx";
import type { LaidOut } from "./use_layout.ts";
import {
  boxAt,
  centre,
  type Direction,
  fitAll,
  fitReadable,
  neighbourOf,
  reveal,
  type Size,
  type Viewport,
  zoomAt,
} from "./viewport.ts";

interface CanvasProps {
  readonly laidOut: LaidOut | undefined;
  readonly edgesByKey: ReadonlyMap<string, Edge>;
  readonly selected: string | undefined;
  readonly onSelect: (id: string | undefined) => void;
  readonly onOpen: (id: string) => void;
  /** What is shown in place of no boxes. */
  readonly empty: string;
  /** Shown beside the buttons below the graph. */
  readonly children: ComponentChildren;
}

/** The graph. */
export function Canvas(
  { laidOut, edgesByKey, selected, onSelect, onOpen, empty, children }: CanvasProps,
): JSX.Element {
  const box = useRef<HTMLDivElement>(null);
  const [screen, setScreen] = useState<Size>({ width: 0, height: 0 });
  const [view, setView] = useState<Viewport>({ x: 0, y: 0, scale: 1 });
  useLayoutEffect(() => {
    const observer = new ResizeObserver(([entry]) => {
      if (entry === undefined) return;
      const { width, height } = entry.contentRect;
      setScreen({ width, height });
    });
    // A layout effect runs after the element exists.
    observer.observe(box.current!);
    return () => observer.disconnect();
  }, []);

  const wasFitted = useRef<Viewport>(undefined);
  const show = (fit: typeof fitAll) => {
    if (laidOut === undefined || screen.width === 0) return;
    wasFitted.current = fit(laidOut.layout, screen);
    setView(wasFitted.current);
  };
  // Of thousands of boxes no part says much, and their text is not drawn.
  const fit = () => show((laidOut?.graph.nodes.length ?? 0) > MANY_NODES ? fitAll : fitReadable);
  const ids = laidOut?.graph.nodes.map(({ id }) => id).join("\n");
  // Other boxes mean another picture; other states of the same boxes do not.
  useEffect(() => void fit(), [ids, screen.width > 0]);
  // On another screen, or with other connections, all is shown again, unless the user chose a part.
  useEffect(() => {
    if (selected === undefined && wasFitted.current === view) fit();
  }, [screen, laidOut]);
  // The panel of the selected box makes the screen smaller, and another screen the layout different.
  useEffect(() => {
    const selectedBox = selected === undefined ? undefined : laidOut?.layout.nodes.get(selected);
    if (selectedBox !== undefined) setView((view) => reveal(view, selectedBox, screen));
  }, [selected, screen, laidOut?.layout.width, laidOut?.layout.height]);
  const clicked = useRef<string>(undefined);
  usePointers(box, setView, (x, y, isDouble) => {
    // The first click of two may have moved the view.
    const id = (isDouble ? clicked.current : undefined) ??
      (laidOut && boxAt(laidOut.layout.nodes, view, x, y));
    clicked.current = isDouble ? undefined : id;
    onSelect(id);
    if (isDouble && id !== undefined) onOpen(id);
  });

  const zoom = (factor: number) =>
    setView((view) => zoomAt(view, factor, screen.width / 2, screen.height / 2));
  const onKeyDown = (event: KeyboardEvent) => {
    const boxes = laidOut?.layout.nodes;
    if (boxes === undefined || event.target !== box.current) return;
    if (/^Arrow/.test(event.key)) {
      const next = neighbourOf(boxes, selected ?? "", event.key as Direction);
      if (next !== undefined) onSelect(next);
    } else if (event.key === "Enter" && selected !== undefined) onOpen(selected);
    else if (event.key === "Escape") onSelect(undefined);
    else if (event.key === "+" || event.key === "=") zoom(1.25);
    else if (event.key === "-") zoom(0.8);
    else if (event.key === "0") show(fitAll);
    else if (event.key === "c" && selected !== undefined && boxes.has(selected)) {
      // The box was found above.
      setView((view) => centre(view, boxes.get(selected)!, screen));
    } else return;
    event.preventDefault();
    event.stopPropagation();
  };
  const nodes = laidOut?.graph.nodes.length ?? 0;
  return (
    <div class="canvas-box">
      <div
        ref={box}
        class="canvas"
        role="application"
        aria-label={`Graph of ${nodes} boxes. The arrow keys move between them, Enter opens one; the view Resources lists them all.`}
        tabIndex={0}
        onKeyDown={onKeyDown}
      >
        {laidOut && screen.width > 0 && (
          <Drawing {...{ laidOut, view, screen, selected, edgesByKey }} />
        )}
        {laidOut !== undefined && nodes === 0 && <p class="empty">{empty}</p>}
      </div>
      <div class="graph-foot">
        <button type="button" onClick={() => zoom(1.25)} title="Zoom in (+)" aria-label="Zoom in">
          +
        </button>
        <button type="button" onClick={() => zoom(0.8)} title="Zoom out (−)" aria-label="Zoom out">
          −
        </button>
        <button type="button" onClick={() => show(fitAll)} title="Show all (0)">All</button>
        {children}
      </div>
    </div>
  );
}

/** Moves the view with one pointer, zooms it with two or the wheel, and reports clicks. */
function usePointers(
  box: { readonly current: HTMLDivElement | null },
  setView: (change: (view: Viewport) => Viewport) => void,
  onClick: (x: number, y: number, isDouble: boolean) => void,
): void {
  const click = useRef(onClick);
  click.current = onClick;
  useEffect(() => {
    // An effect runs after the element exists.
    const element = box.current!;
    const abort = new AbortController();
    const pointers = new Map<number, { x: number; y: number }>();
    let moved = 0;
    const place = (event: MouseEvent) => {
      const { left, top } = element.getBoundingClientRect();
      return { x: event.clientX - left, y: event.clientY - top };
    };
    const on = <Name extends keyof HTMLElementEventMap>(
      name: Name,
      handle: (event: HTMLElementEventMap[Name]) => void,
    ) => element.addEventListener(name, handle, { signal: abort.signal, passive: false });

    on("wheel", (event) => {
      event.preventDefault();
      const { x, y } = place(event);
      // A wheel that reports lines moves about three at a time.
      const delta = event.deltaMode === 1 ? event.deltaY * 33 : event.deltaY;
      setView((view) => zoomAt(view, Math.exp(-delta / 400), x, y));
    });
    on("pointerdown", (event) => {
      if (event.button !== 0) return;
      element.setPointerCapture(event.pointerId);
      pointers.set(event.pointerId, place(event));
      if (pointers.size === 1) moved = 0;
    });
    on("pointermove", (event) => {
      const before = pointers.get(event.pointerId);
      if (before === undefined) return;
      const now = place(event);
      pointers.set(event.pointerId, now);
      moved += Math.abs(now.x - before.x) + Math.abs(now.y - before.y);
      const other = [...pointers].find(([id]) => id !== event.pointerId)?.[1];
      if (other !== undefined) {
        const factor = distance(now, other) / Math.max(1, distance(before, other));
        setView((view) => zoomAt(view, factor, (now.x + other.x) / 2, (now.y + other.y) / 2));
      } else {
        setView((view) => ({
          ...view,
          x: view.x + now.x - before.x,
          y: view.y + now.y - before.y,
        }));
      }
    });
    const end = (event: PointerEvent) => void pointers.delete(event.pointerId);
    on("pointerup", end);
    on("pointercancel", end);
    on("click", (event) => {
      if (moved > 6) return;
      const { x, y } = place(event);
      click.current(x, y, event.detail === 2);
    });
    return () => abort.abort();
  }, []);
}

function distance(a: { x: number; y: number }, b: { x: number; y: number }): number {
  return Math.hypot(a.x - b.x, a.y - b.y);
}
