/** Answers that several routes share. */
import type { Context } from "hono";
import type { Runtime } from "../runtime/create-runtime.ts";
import type { PluginHandle } from "../runtime/plugin-handle.ts";

/** An error as JSON: `{"error": "..."}`, one sentence. */
export function refuse(c: Context, status: 400 | 401 | 403 | 404 | 405 | 409 | 413 | 500 | 503, error: string) {
  return c.json({ error }, status);
}

export function findPlugin({ plugins }: Runtime, c: Context): PluginHandle | undefined {
  return plugins.get(c.req.param("name") ?? "");
}

/** The sentence that a Chainlink node answers. The name comes from the request, and is escaped as it is there. */
export function noSuchPlugin(c: Context): string {
  return `plugin ${JSON.stringify(escapeHtml(c.req.param("name") ?? ""))} does not exist`;
}

const entities: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&#34;",
  "'": "&#39;",
};

export function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => entities[character] ?? character);
}
