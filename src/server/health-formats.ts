/** Health checks as a Chainlink node writes them, for programs, for a terminal and for a browser. */
import { printable } from "../values/printable.ts";
import { escapeHtml } from "./answers.ts";

export interface HealthCheck {
  /** Dotted, such as "jobs.eth-usd". */
  readonly name: string;
  readonly status: "passing" | "failing";
  /** What is wrong; empty where nothing is. Every client can read it. */
  readonly output: string;
}

/** The first is for clients that accept anything. */
export const healthTypes = ["application/vnd.api+json", "application/json", "text/html", "text/plain"] as const;

export type HealthType = (typeof healthTypes)[number];

export function formatChecks(checks: readonly HealthCheck[], type: HealthType): { contentType: string; body: string } {
  switch (type) {
    case "text/plain":
      return { contentType: "text/plain; charset=utf-8", body: checks.map(formatLines).join("") };
    case "text/html":
      return { contentType: "text/html; charset=utf-8", body: formatPage(checks) };
    default:
      return { contentType: type, body: JSON.stringify({ data: checks.map(toResource) }) };
  }
}

/** In the shape of JSON:API. */
function toResource(check: HealthCheck) {
  return { type: "checks", id: check.name, attributes: check };
}

/** What is wrong is below the check, each line after a tab, so that no output looks like another check. */
function formatLines({ name, status, output }: HealthCheck): string {
  const lines = output === "" ? [] : output.split(/\r?\n/).map((line) => `\t${printable(line)}\n`);
  return `${status === "passing" ? "ok" : "! "} ${printable(name)}\n${lines.join("")}`;
}

function formatPage(checks: readonly HealthCheck[]): string {
  const shown = (text: string) => escapeHtml(printable(text));
  const rows = checks.map(({ name, status, output }) => {
    const style = status === "passing" ? "ready" : "failed";
    return `<tr><td class="state ${style}">${status}</td><td>${shown(name)}</td><td>${shown(output)}</td></tr>\n`;
  });
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>loopp: health</title>
<link rel="stylesheet" href="/page.css">
</head>
<body>
<h1>Health</h1>
<nav><a href="/">plugins</a></nav>
<div class="scroll"><table>
<thead><tr><th>Status</th><th>Check</th><th>What is wrong</th></tr></thead>
<tbody>
${rows.join("")}</tbody>
</table></div>
</body>
</html>
`;
}
