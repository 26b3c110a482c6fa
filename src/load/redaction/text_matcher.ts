/**
 * Finds many patterns in a string in time linear in the length of the text: a filter over every four
 * code units, and a trie for those that pass the filter.
 */

/** The minimum length of a pattern. */
export const SHORTEST_PATTERN = 4;

/** The depth of the trie; a longer pattern matches once this many units match. */
const PREFIX = 64;

const FILTER_BITS = 18;
const FILTER_MASK = (1 << FILTER_BITS) - 1;

/** A set of patterns. */
export interface TextMatcher {
  /** Adds a pattern of at least {@link SHORTEST_PATTERN} code units; twice is fine. */
  add(pattern: string): void;
  /** `text` with every match replaced; of several at one place the longest. */
  replaceAll(text: string, replacement: string): string;
}

/** A node of the trie. */
interface Node {
  /** A pattern ends here. */
  ends: boolean;
  readonly next: Map<number, Node>;
  /** Patterns that are compared directly from here: a single one, or those with a common long prefix. */
  rest: string[];
}

/** Makes an empty set. */
export function createTextMatcher(): TextMatcher {
  const root = createNode();
  let filter: Uint8Array | undefined;

  function add(pattern: string): void {
    filter ??= new Uint8Array(1 << FILTER_BITS);
    let hash = 0;
    for (let i = 0; i < SHORTEST_PATTERN; i++) hash = roll(hash, pattern.charCodeAt(i));
    filter[hash] = 1;
    insert(root, pattern);
  }

  function replaceAll(text: string, replacement: string): string {
    if (filter === undefined || text.length < SHORTEST_PATTERN) return text;
    let replaced = "";
    let kept = 0;
    let hash = 0;
    // `end` is the last code unit of the four that the hash is of.
    for (let end = 0; end < text.length; end++) {
      hash = roll(hash, text.charCodeAt(end));
      const at = end - SHORTEST_PATTERN + 1;
      if (filter[hash] === 0 || at < kept) continue;
      const length = matchAt(root, text, at);
      if (length === 0) continue;
      replaced += text.slice(kept, at) + replacement;
      kept = at + length;
      // The four code units that follow may begin a match, too.
      end = kept - 1;
      hash = 0;
    }
    return kept === 0 ? text : replaced + text.slice(kept);
  }

  return { add, replaceAll };
}

function createNode(): Node {
  return { ends: false, next: new Map(), rest: [] };
}

/** Shifts a code unit in; the one that is four before it is shifted out. */
function roll(hash: number, unit: number): number {
  return ((hash << 5) ^ unit) & FILTER_MASK;
}

function insert(root: Node, pattern: string): void {
  let node = root;
  for (let depth = 0;; depth++) {
    if (depth === PREFIX || (node.next.size === 0 && node.rest.length === 0 && !node.ends)) {
      if (!node.rest.includes(pattern)) node.rest.push(pattern);
      return;
    }
    const [other] = node.rest;
    if (other !== undefined) {
      if (other === pattern) return;
      node.rest = [];
      const child = descend(node, other, depth);
      if (child !== undefined) child.rest.push(other);
    }
    const child = descend(node, pattern, depth);
    if (child === undefined) return;
    node = child;
  }
}

/** The child node for a pattern; `undefined` if the pattern ends here. */
function descend(node: Node, pattern: string, depth: number): Node | undefined {
  if (depth === pattern.length) {
    node.ends = true;
    return undefined;
  }
  const unit = pattern.charCodeAt(depth);
  let child = node.next.get(unit);
  if (child === undefined) node.next.set(unit, child = createNode());
  return child;
}

/** The length of the longest match at a place; 0 for none. */
function matchAt(root: Node, text: string, at: number): number {
  let node: Node | undefined = root;
  let longest = 0;
  for (let depth = 0; node !== undefined; depth++) {
    if (node.ends) longest = depth;
    for (const pattern of node.rest) {
      const length = commonLength(pattern, text, at, depth);
      // A long prefix of a secret is redacted too, and compared units are not compared again.
      if (length === pattern.length || length >= PREFIX) longest = Math.max(longest, length);
    }
    node = node.next.get(text.charCodeAt(at + depth));
  }
  return longest;
}

function commonLength(pattern: string, text: string, at: number, from: number): number {
  let length = from;
  while (length < pattern.length && pattern.charCodeAt(length) === text.charCodeAt(at + length)) {
    length++;
  }
  return length;
}
