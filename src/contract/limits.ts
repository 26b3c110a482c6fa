/** The limits of decision D-30, in one place; `KernelOptions.limits` overrides any of them. */

/** Upper bounds on what manifests may ask for. */
export interface Limits {
  /** Bytes of one manifest file. */
  readonly manifestBytes: number;
  /** YAML aliases per document. */
  readonly aliases: number;
  /** Nodes per document, a shared node counted each time it is met. */
  readonly nodes: number;
  /** Nesting of collections in a document. */
  readonly nesting: number;
  /** Documents per file. */
  readonly documents: number;
  /** Code units of text per document, counted as it is produced. */
  readonly documentText: number;
  /** Resources in all. */
  readonly resources: number;
  /** Code units of text in all. */
  readonly totalText: number;
  /** Files including each other. */
  readonly includeDepth: number;
  /** Templates generating each other. */
  readonly templateDepth: number;
  /** Controllers registering resources whose controllers register more. */
  readonly registrationDepth: number;
  /** Code units that one `${ }` may give. */
  readonly expressionText: number;
  /** Nesting of one CEL expression. */
  readonly expressionNesting: number;
  /** Steps one expression may take. */
  readonly expressionSteps: number;
  /** Bytes of one remote manifest. */
  readonly remoteBytes: number;
  /** Milliseconds that fetching one may take. */
  readonly remoteMs: number;
  /** How often a remote manifest may be redirected. */
  readonly remoteRedirects: number;
  /** Executions calling each other. */
  readonly callDepth: number;
  /** Nodes of one JSON Schema, with everything that it refers to put in its place. */
  readonly schemaNodes: number;
  /** Steps that checking one value against a JSON Schema may take. */
  readonly validationSteps: number;
  /** How deep a JSON Schema and the value that is checked against it may nest together. */
  readonly validationDepth: number;
}

/** What holds unless a caller says otherwise. */
export const DEFAULT_LIMITS: Limits = Object.freeze({
  manifestBytes: 16 * 1024 * 1024,
  aliases: 1_000,
  nodes: 1_000_000,
  nesting: 128,
  documents: 200_000,
  documentText: 64 * 1024 * 1024,
  resources: 200_000,
  totalText: 512 * 1024 * 1024,
  includeDepth: 32,
  templateDepth: 10,
  registrationDepth: 10,
  expressionText: 1024 * 1024,
  expressionNesting: 64,
  expressionSteps: 1_000_000,
  remoteBytes: 5 * 1024 * 1024,
  remoteMs: 10_000,
  remoteRedirects: 3,
  callDepth: 64,
  schemaNodes: 50_000,
  validationSteps: 5_000_000,
  validationDepth: 512,
});
