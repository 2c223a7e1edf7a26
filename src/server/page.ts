/** `GET /`: the plugins at a glance, in a browser. A page with its style and its script, the files of the folder `page`. */
import { readFileSync } from "node:fs";
import { Hono } from "hono";

/** The page loads its own style and script, asks this server, and nothing else. */
const policy =
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
      "content-security-policy": policy,
      // All three come from the same version.
      "cache-control": "no-cache",
    };
    app.get(path, (c) => c.body(text, 200, headers));
  }
  return app;
}
