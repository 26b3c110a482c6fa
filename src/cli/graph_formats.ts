/** The formats of `digly graph`. */
export const GRAPH_FORMATS = ["text", "mermaid", "dot", "json"] as const;
