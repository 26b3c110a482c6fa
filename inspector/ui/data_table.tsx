/** A table of any length, of which only the visible rows exist; moved through with the keys. */
import type { ComponentChildren, JSX } from "preact";
import { useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";
import { ROW_HEIGHT, visibleRange } from "./visible_range.ts";

/** A column. */
export interface Column<T> {
  readonly title: string;
  /** A track of a CSS grid, such as `2fr` or `80px`. */
  readonly width: string;
  readonly cell: (item: T) => ComponentChildren;
  /** Numbers are aligned at the right. */
  readonly isNumber?: boolean;
  /** Left out on narrow screens. */
  readonly isWide?: boolean;
  /** Sorts by this column when its title is chosen. */
  readonly sort?: () => void;
  readonly sorted?: "ascending" | "descending" | undefined;
}

interface DataTableProps<T> {
  readonly label: string;
  readonly columns: readonly Column<T>[];
  readonly items: readonly T[];
  readonly keyOf: (item: T) => string;
  /** The row that is shown elsewhere. */
  readonly selected?: string | undefined;
  readonly rowClass?: (item: T) => string;
  readonly onOpen: (item: T) => void;
  /** What is shown in place of no rows. */
  readonly empty: ComponentChildren;
}

/** The table. */
export function DataTable<T>(props: DataTableProps<T>): JSX.Element {
  const { label, columns, items, keyOf, selected, rowClass, onOpen, empty } = props;
  const box = useRef<HTMLDivElement>(null);
  const [active, setActive] = useState<string>();
  const [view, setView] = useState({ top: 0, height: 600 });
  useLayoutEffect(() => {
    // A layout effect runs after the element exists.
    const element = box.current!;
    const measure = () => setView({ top: element.scrollTop, height: element.clientHeight });
    const observer = new ResizeObserver(measure);
    observer.observe(element);
    return () => observer.disconnect();
  }, []);

  const { first, end } = visibleRange(view.top, view.height, items.length);
  const activeIndex = active === undefined ? -1 : items.findIndex((item) => keyOf(item) === active);

  const moveTo = (index: number) => {
    const item = items[Math.max(0, Math.min(items.length - 1, index))];
    if (item === undefined) return;
    setActive(keyOf(item));
    if (box.current !== null) scrollToRow(box.current, items.indexOf(item));
  };
  const onKeyDown = (event: KeyboardEvent) => {
    const page = Math.max(1, Math.floor(view.height / ROW_HEIGHT) - 2);
    const steps: Readonly<Record<string, number>> = {
      ArrowDown: activeIndex + 1,
      j: activeIndex + 1,
      ArrowUp: activeIndex - 1,
      k: activeIndex - 1,
      PageDown: activeIndex + page,
      PageUp: activeIndex - page,
      Home: 0,
      End: items.length - 1,
    };
    const step = steps[event.key];
    const activeItem = items[activeIndex];
    if (step !== undefined) moveTo(step);
    else if (event.key === "Enter" && activeItem !== undefined && event.target === box.current) {
      onOpen(activeItem);
    } else return;
    event.preventDefault();
  };
  const template = (wide: boolean) =>
    columns.filter(({ isWide }) => wide || !isWide).map(({ width }) => width).join(" ");

  return (
    <div
      ref={box}
      class="table"
      role="grid"
      aria-label={label}
      aria-rowcount={items.length + 1}
      aria-activedescendant={activeIndex >= first && activeIndex < end ? "active-row" : undefined}
      tabIndex={0}
      style={{ "--columns": template(true), "--columns-narrow": template(false) }}
      onScroll={({ currentTarget }) =>
        setView({ top: currentTarget.scrollTop, height: currentTarget.clientHeight })}
      onKeyDown={onKeyDown}
    >
      <div class="table-head" role="rowgroup">
        <div class="row" role="row" aria-rowindex={1}>
          {columns.map((column) => <Head key={column.title} column={column} />)}
        </div>
      </div>
      <div
        class="table-body"
        role="rowgroup"
        style={{ height: `${items.length * ROW_HEIGHT}px` }}
      >
        {items.slice(first, end).map((item, offset) => {
          const key = keyOf(item);
          const index = first + offset;
          return (
            <div
              key={key}
              id={index === activeIndex ? "active-row" : undefined}
              class={`row ${index === activeIndex ? "active " : ""}${rowClass?.(item) ?? ""}`}
              role="row"
              aria-rowindex={index + 2}
              aria-selected={key === selected}
              style={{ top: `${index * ROW_HEIGHT}px` }}
              onClick={(event) => {
                // A link in a cell leads somewhere else.
                if ((event.target as HTMLElement).closest("a, button") !== null) return;
                setActive(key);
                onOpen(item);
              }}
            >
              {columns.map((column) => (
                <div key={column.title} role="gridcell" class={classOf(column)}>
                  {column.cell(item)}
                </div>
              ))}
            </div>
          );
        })}
      </div>
      {items.length === 0 && (
        <div class="empty" role="rowgroup">
          <div role="row">
            <div role="gridcell">{empty}</div>
          </div>
        </div>
      )}
    </div>
  );
}

function Head<T>({ column }: { readonly column: Column<T> }): JSX.Element {
  const { title, sort, sorted } = column;
  return (
    <div role="columnheader" class={classOf(column)} aria-sort={sorted}>
      {sort === undefined ? title : (
        <button type="button" onClick={sort}>
          {title}
          {sorted === undefined ? "" : sorted === "ascending" ? " ↑" : " ↓"}
        </button>
      )}
    </div>
  );
}

function classOf<T>({ isNumber, isWide }: Column<T>): string {
  return `${isNumber ? "number " : ""}${isWide ? "wide" : ""}`;
}

/** Scrolls a row into view, below the head of the table. */
function scrollToRow(box: HTMLElement, index: number): void {
  const top = index * ROW_HEIGHT;
  if (top < box.scrollTop) box.scrollTop = top;
  const bottom = top + ROW_HEIGHT * 2;
  if (bottom > box.scrollTop + box.clientHeight) box.scrollTop = bottom - box.clientHeight;
}

/** Focuses the first table of a view, so that its keys work at once. */
export function useTableFocus(): void {
  useEffect(() => {
    if (document.activeElement === document.body || document.activeElement?.id === "main") {
      document.querySelector<HTMLElement>("main .table")?.focus({ preventScroll: true });
    }
  }, []);
}
