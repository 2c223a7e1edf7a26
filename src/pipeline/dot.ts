/** Reads the part of DOT that pipelines use: nodes with attributes, and edges. The meaning of attributes is not known here. */
import { shorten } from "../values/text.ts";
import { type Token, tokenize } from "./dot-tokens.ts";
import { PipelineError } from "./errors.ts";

export interface DotGraph {
  /** In the order of their first mention. */
  readonly nodes: ReadonlyMap<string, DotNode>;
  readonly edges: readonly DotEdge[];
}

export interface DotNode {
  readonly name: string;
  /** The line of its first mention. */
  readonly line: number;
  readonly attributes: ReadonlyMap<string, DotAttribute>;
}

export interface DotAttribute {
  readonly value: string;
  readonly line: number;
}

export interface DotEdge {
  readonly from: string;
  readonly to: string;
  readonly line: number;
}

/** Longest text and most nodes, both far more than any real pipeline has. */
const maxTextLength = 256 * 1024;
const maxNodes = 1000;

const keywords = new Set(["node", "edge", "graph", "digraph", "subgraph", "strict"]);

/**
 * Reads a pipeline's text. A node may be mentioned any number of times, before and after its edges; a later value of an
 * attribute replaces an earlier one.
 * @throws PipelineError at the first mistake
 */
export function parseDot(text: string): DotGraph {
  if (text.length > maxTextLength)
    fail(1, `A pipeline of ${text.length} characters is too long: at most ${maxTextLength} are allowed`);
  const tokens = tokenize(text);
  const nodes = new Map<string, { name: string; line: number; attributes: Map<string, DotAttribute> }>();
  const edges: DotEdge[] = [];
  let at = 0;

  while (peek().kind !== "end") {
    if (peek().kind === ";") at += 1;
    else statement();
  }
  return { nodes, edges };

  /** `a`, `a [...]`, or `a -> b -> c` */
  function statement(): void {
    let from = node();
    if (peek().kind === "->") {
      while (peek().kind === "->") {
        at += 1;
        const to = node();
        edges.push({ from: from.name, to: to.name, line: to.line });
        from = to;
      }
      if (peek().kind === "[") fail(peek().line, "An edge has no attributes: put them on the task's own line");
      return;
    }
    while (peek().kind === "[") attributeList(from.name);
    if (peek().kind === "=")
      fail(peek().line, `Unexpected = after "${from.name}": write attributes in [ ] after the task's name`);
  }

  function node(): { name: string; line: number } {
    const token = take("a task's name", "name", "string");
    const name = token.value;
    if (token.kind === "name" && keywords.has(name.toLowerCase())) {
      fail(token.line, `"${name}" is a keyword of DOT: write only tasks and edges, and give the task another name`);
    }
    if (!/^[A-Za-z0-9_-]{1,100}$/.test(name)) {
      fail(token.line, `${describe(token)} cannot be a task's name: use letters, digits, _ and -`);
    }
    if (!nodes.has(name)) {
      if (nodes.size === maxNodes) fail(token.line, `Too many tasks: at most ${maxNodes} are allowed`);
      nodes.set(name, { name, line: token.line, attributes: new Map() });
    }
    return { name, line: token.line };
  }

  function attributeList(name: string): void {
    at += 1;
    while (peek().kind !== "]") {
      if (peek().kind === "," || peek().kind === ";") {
        at += 1;
        continue;
      }
      const key = take(`an attribute of "${name}" or ]`, "name", "string");
      take(`= after "${shorten(key.value)}"`, "=");
      const value = take(`the value of "${shorten(key.value)}"`, "name", "string");
      nodes.get(name)?.attributes.set(key.value, { value: value.value, line: key.line });
    }
    at += 1;
  }

  function peek(): Token {
    return tokens[at] as Token;
  }

  function take(what: string, ...kinds: readonly Token["kind"][]): Token {
    const token = peek();
    if (!kinds.includes(token.kind)) fail(token.line, `Expected ${what}, found ${describe(token)}`);
    at += 1;
    return token;
  }
}

function fail(line: number, message: string): never {
  throw new PipelineError([{ line, message }]);
}

function describe(token: Token): string {
  if (token.kind === "end") return "the end of the pipeline";
  return token.kind === "name" || token.kind === "string" ? JSON.stringify(shorten(token.value)) : token.kind;
}
