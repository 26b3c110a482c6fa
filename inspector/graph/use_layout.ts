/** The layout of a graph, which a worker computes. */
import { useEffect, useRef, useState } from "preact/hooks";
import type { Layout } from "./layout.ts";
import { moduleGroup, type ViewGraph } from "./model.ts";

/** A graph and where its boxes are. */
export interface LaidOut {
  readonly graph: ViewGraph;
  readonly layout: Layout;
}

/**
 * The latest graph whose layout is known; undefined until the first one is. `aspect` is the width of
 * the screen divided by its height.
 */
export function useLayout(graph: ViewGraph, aspect: number): LaidOut | undefined {
  const [result, setResult] = useState<LaidOut>();
  const worker = useRef<Worker>(undefined);
  const asked = useRef<{ readonly id: number; readonly graph: ViewGraph }>(undefined);
  useEffect(() => {
    const thread = new Worker("/worker.js");
    worker.current = thread;
    thread.onmessage = ({ data }: MessageEvent<{ id: number; layout: Layout }>) => {
      // The answer to an earlier question is of no use.
      if (data.id === asked.current?.id) {
        setResult({ graph: asked.current.graph, layout: data.layout });
      }
    };
    return () => thread.terminate();
  }, []);
  useEffect(() => {
    const id = (asked.current?.id ?? 0) + 1;
    asked.current = { id, graph };
    worker.current?.postMessage({
      id,
      aspect,
      nodes: graph.nodes.map(({ id, module }) => ({
        id,
        module,
        isModule: id === moduleGroup(module),
      })),
      edges: graph.edges.map(({ from, to }) => ({ from, to })),
    });
  }, [graph, aspect]);
  return result;
}
