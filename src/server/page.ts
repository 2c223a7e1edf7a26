/** `GET /`: the plugins at a glance, in a browser. One page, nothing loaded from elsewhere; it asks `/plugins` every second. */
import { createHash } from "node:crypto";
import { Hono } from "hono";

const style = `
:root { color-scheme: light dark; font: 15px/1.5 system-ui, sans-serif; }
body { max-width: 64rem; margin: 2rem auto; padding: 0 1rem; }
h1 { font-size: 1.4rem; margin: 0; }
nav { margin: .25rem 0 1.5rem; }
nav a { margin-right: 1rem; }
.scroll { overflow-x: auto; }
table { border-collapse: collapse; width: 100%; }
th, td { text-align: left; padding: .45rem .75rem; border-bottom: 1px solid #8884; white-space: nowrap; }
th { font-weight: 600; font-size: .85rem; }
td { font-variant-numeric: tabular-nums; }
.state::before { content: ""; display: inline-block; width: .6rem; height: .6rem; margin-right: .5rem; border-radius: 50%; background: #999; }
.ready::before { background: #2a9d4a; }
.starting::before, .stopping::before, .degraded::before, .backing-off::before { background: #d99a00; }
.failed::before { background: #cf3030; }
#note { min-height: 1.5rem; }
`;

const script = `
const rows = document.querySelector("tbody");
const note = document.querySelector("#note");
const ago = (since) => {
  const seconds = Math.max(0, Math.round((Date.now() - Date.parse(since)) / 1000));
  const [size, unit] = seconds < 60 ? [1, "s"] : seconds < 3600 ? [60, "min"] : seconds < 86400 ? [3600, "h"] : [86400, "d"];
  return Math.floor(seconds / size) + " " + unit + " ago";
};
const place = ({ pid, threadId }) =>
  pid !== undefined ? "pid " + pid : threadId !== undefined ? "thread " + threadId : "";
function row(plugin) {
  const line = document.createElement("tr");
  const cells = [plugin.name, plugin.transport, plugin.state, plugin.generation, place(plugin), plugin.restarts, ago(plugin.since)];
  for (const text of cells) line.insertCell().textContent = text;
  const link = document.createElement("a");
  link.href = "/plugins/" + encodeURIComponent(plugin.name) + "/metrics";
  link.textContent = plugin.name;
  line.cells[0].replaceChildren(link);
  line.cells[2].className = "state " + plugin.state;
  line.cells[6].title = plugin.since;
  return line;
}
async function refresh() {
  try {
    const response = await fetch("/plugins", { signal: AbortSignal.timeout(5000) });
    if (!response.ok) throw new Error("status " + response.status);
    const plugins = await response.json();
    rows.replaceChildren(...plugins.map(row));
    note.textContent = plugins.length === 0 ? "There are no plugins." : "";
  } catch (error) {
    note.textContent = "The node does not answer: " + error.message;
  }
  setTimeout(refresh, 1000);
}
refresh();
`;

const page = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>loopp</title>
<style>${style}</style>
</head>
<body>
<h1>Plugins</h1>
<nav><a href="/plugins">/plugins</a><a href="/metrics">/metrics</a><a href="/discovery">/discovery</a><a href="/health">/health</a></nav>
<div class="scroll">
<table>
<thead><tr><th>Name<th>Transport<th>State<th>Generation<th>Runs as<th>Restarts<th>Since</tr></thead>
<tbody></tbody>
</table>
</div>
<p id="note" role="status"></p>
<noscript><p>This page needs JavaScript to show the plugins; <a href="/plugins">/plugins</a> has the same as JSON.</p></noscript>
<script>${script}</script>
</body>
</html>
`;

const hash = (text: string) => `'sha256-${createHash("sha256").update(text).digest("base64")}'`;

/** The page's own style and script, and nothing else. */
const policy = `default-src 'none'; style-src ${hash(style)}; script-src ${hash(script)}; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'`;

export function pageRoutes(): Hono {
  return new Hono().get("/", (c) => {
    c.header("content-security-policy", policy);
    return c.html(page);
  });
}
