/** `GET /`: the plugins at a glance, in a browser. The page, its style and its script are the files of the folder `page`. */
import { readFileSync } from "node:fs";
import { Hono } from "hono";

/** A page may load its style and script and ask this server, and nothing else. */
export const pagePolicy =
  "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

const files = [
  { path: "/", file: new URL("./page/page.html", import.meta.url), type: "text/html" },
  { path: "/page.css", file: new URL("./page/page.css", import.meta.url), type: "text/css" },
  { path: "/page.js", file: new URL("./page/page.js", import.meta.url), type: "text/javascript" },
];

export function pageRoutes(): Hono {
  const app = new Hono();
  for (const { path, file, type } of files) {
    const text = readFileSync(file, "utf8");
    const headers = {
      "content-type": `${type}; charset=utf-8`,
      "content-security-policy": pagePolicy,
      // So that a browser never mixes files of two versions.
      "cache-control": "no-cache",
    };
    app.get(path, (c) => c.body(text, 200, headers));
  }
  return app;
}
