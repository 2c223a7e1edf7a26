/**
 * The page's script, as the browser gets it: asks the node for its plugins every second and shows them.
 *
 * @import { PluginView } from "../plugins.ts"
 */

const rows = /** @type {HTMLTableSectionElement} */ (document.querySelector("tbody"));
const note = /** @type {HTMLElement} */ (document.querySelector("#note"));

/** @param {string} since */
function ago(since) {
  const seconds = Math.max(0, Math.round((Date.now() - Date.parse(since)) / 1000));
  if (seconds < 60) return `${seconds} s ago`;
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min ago`;
  if (seconds < 86_400) return `${Math.floor(seconds / 3600)} h ago`;
  return `${Math.floor(seconds / 86_400)} d ago`;
}

/** @param {PluginView} plugin */
function runsAs({ pid, threadId }) {
  if (pid !== undefined) return `pid ${pid}`;
  return threadId === undefined ? "" : `thread ${threadId}`;
}

/** @param {PluginView} plugin */
function createRow(plugin) {
  const row = document.createElement("tr");
  const link = document.createElement("a");
  link.href = `/plugins/${encodeURIComponent(plugin.name)}/metrics`;
  link.textContent = plugin.name;
  row.insertCell().append(link);
  row.insertCell().append(plugin.transport);
  const state = row.insertCell();
  state.className = `state ${plugin.state}`;
  state.append(plugin.state);
  row.insertCell().append(`${plugin.generation}`);
  row.insertCell().append(runsAs(plugin));
  row.insertCell().append(`${plugin.restarts}`);
  const since = row.insertCell();
  since.title = plugin.since;
  since.append(ago(plugin.since));
  return row;
}

async function refresh() {
  try {
    const response = await fetch("/plugins", { signal: AbortSignal.timeout(5000) });
    if (!response.ok) throw new Error(`status ${response.status}`);
    /** @type {readonly PluginView[]} */
    const plugins = await response.json();
    rows.replaceChildren(...plugins.map(createRow));
    note.textContent = plugins.length === 0 ? "There are no plugins." : "";
  } catch (error) {
    note.textContent = `The node does not answer: ${error instanceof Error ? error.message : error}`;
  }
  setTimeout(refresh, 1000);
}

refresh();
