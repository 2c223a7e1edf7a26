/** The page. Its script is run as served, in a document with the elements that it uses, against a real node. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { kinds } from "../runtime/support.ts";
import { conformanceModule, createNode, type TestNode } from "./support.ts";

class FakeElement {
  children: (FakeElement | string)[] = [];
  href = "";
  className = "";
  title = "";

  get textContent(): string {
    return this.children.map((child) => (typeof child === "string" ? child : child.textContent)).join("");
  }
  set textContent(text: string) {
    this.children = [text];
  }
  append(child: FakeElement | string): void {
    this.children.push(child);
  }
  replaceChildren(...children: FakeElement[]): void {
    this.children = children;
  }
  insertCell(): FakeElement {
    const cell = new FakeElement();
    this.append(cell);
    return cell;
  }
}

/** Runs the page's script, and lets it ask once more at each `next()`. */
async function openPage(node: TestNode) {
  const script = await (await node.get("/page.js")).text();
  const body = new FakeElement();
  const note = new FakeElement();
  const document = {
    querySelector: (selector: string) => ({ tbody: body, "#note": note })[selector],
    createElement: () => new FakeElement(),
  };
  let asked = Promise.withResolvers<() => void>();
  const setTimeout = (refresh: () => void) => asked.resolve(refresh);
  const fetchFromNode = (path: string, init: RequestInit) => fetch(`${node.url}${path}`, init);
  new Function("document", "fetch", "setTimeout", script)(document, fetchFromNode, setTimeout);
  const cells = () =>
    body.children.map((row) => (row as FakeElement).children.map((cell) => (cell as FakeElement).textContent));
  await asked.promise;
  return {
    body,
    note,
    cells,
    async next() {
      const refresh = await asked.promise;
      asked = Promise.withResolvers();
      refresh();
      await asked.promise;
    },
  };
}

describe("the page", () => {
  let node: TestNode;
  beforeAll(async () => {
    node = await createNode({
      plugins: Object.fromEntries(kinds.map((kind) => [kind, { module: conformanceModule, transport: kind }])),
    });
  });
  afterAll(() => node[Symbol.asyncDispose]());

  it.each([
    ["/", "text/html; charset=utf-8"],
    ["/page.css", "text/css; charset=utf-8"],
    ["/page.js", "text/javascript; charset=utf-8"],
  ])("has %s, which loads nothing from elsewhere", async (path, type) => {
    const response = await node.get(path);
    expect(response.status).toBe(200);
    expect(response.headers.get("content-type")).toBe(type);
    expect(response.headers.get("x-content-type-options")).toBe("nosniff");
    const policy = response.headers.get("content-security-policy")?.split("; ");
    expect(policy).toEqual(expect.arrayContaining(["default-src 'none'", "style-src 'self'", "script-src 'self'"]));
    expect(await response.text()).not.toMatch(/(src|href)="(https?:)?\/\/|url\(/);
  });

  it("names its style and its script, and has no inline code or style, which the policy would refuse", async () => {
    const text = await (await node.get("/")).text();
    const linked = [...text.matchAll(/(?:src|href)="(page\.[^"]+)"/g)].map(([, name = ""]) => name);
    expect(linked).toEqual(["page.css", "page.js"]);
    expect(text).not.toMatch(/<style|<script(?![^>]* src=)| style=| on\w+=/);
  });

  it("shows each plugin with what it runs as, and its metrics behind its name", async () => {
    const { body, cells, note } = await openPage(node);
    expect(cells()).toEqual([
      ["in-process", "in-process", "ready", "1", "", "0", expect.stringMatching(/^\d+ s ago$/)],
      ["process", "process", "ready", "1", expect.stringMatching(/^pid \d+$/), "0", expect.stringMatching(/ ago$/)],
      ["worker", "worker", "ready", "1", expect.stringMatching(/^thread \d+$/), "0", expect.stringMatching(/ ago$/)],
    ]);
    expect(note.textContent).toBe("");
    const [name, , state, , , , since] = (body.children[0] as FakeElement).children as FakeElement[];
    expect(name?.children).toEqual([expect.objectContaining({ href: "/plugins/in-process/metrics" })]);
    expect(state?.className).toBe("state ready");
    expect(Date.parse(since?.title ?? "")).toBeLessThanOrEqual(Date.now());
  });

  it("follows the plugins, and keeps the last rows when the node stops answering", async () => {
    const other = await createNode({ plugins: { only: { module: conformanceModule } } });
    const { cells, next, note } = await openPage(other);
    const states = () => cells().map(([name, , state]) => [name, state]);
    await other.runtime.plugin("only").stop();
    await next();
    expect(states()).toEqual([["only", "stopped"]]);
    await other[Symbol.asyncDispose]();
    await next();
    expect(states()).toEqual([["only", "stopped"]]);
    expect(note.textContent).toMatch(/^The node does not answer: ./);
  });

  it("says that there are no plugins", async () => {
    await using empty = await createNode({ plugins: {} });
    const { cells, note } = await openPage(empty);
    expect([cells(), note.textContent]).toEqual([[], "There are no plugins."]);
  });
});
