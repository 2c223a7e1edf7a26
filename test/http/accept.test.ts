import { describe, expect, it } from "vitest";
import { preferredType } from "../../src/http/accept.ts";

const types = ["text/plain", "application/openmetrics-text", "text/html"] as const;
const [text, open, html] = types;

describe("the type that an Accept header prefers", () => {
  it.each([
    ["", text],
    ["*/*", text],
    ["image/png", text],
    ["text/html", html],
    ["TEXT/HTML; charset=utf-8", html],
    // As Prometheus 2 and 3 ask.
    ["application/openmetrics-text;version=1.0.0,application/openmetrics-text;version=0.0.1;q=0.75,*/*;q=0.1", open],
    ["application/vnd.google.protobuf;q=0.7,application/openmetrics-text;escaping=allow-utf-8;q=0.6,*/*;q=0.2", open],
    ["text/plain;version=0.0.4;q=0.6,application/openmetrics-text;version=1.0.0;q=0.5", text],
    ["text/plain;version=0.0.4;q=0.5,application/openmetrics-text;version=1.0.0;Q=0.6", open],
    // As a browser asks.
    ["text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8", html],
    // 0 is never, whatever a wider range says.
    ["application/openmetrics-text;q=0,text/plain", text],
    ["application/openmetrics-text;q=0", text],
    ["text/plain;q=0,*/*", open],
    ["text/plain;q=0.0, text/*", html],
    // Of equal weights the most exact, then the first.
    ["*/*, text/html", html],
    ["text/*, application/openmetrics-text", open],
    ["text/html, text/plain", html],
    ["text/*;q=0.9, text/plain;q=0.1, application/openmetrics-text;q=0.5", html],
    // Commas in quotes, empty parts, weights that are none.
    ['text/html;a="x,application/openmetrics-text;q=1";q=0.1, text/plain;q=0.2', text],
    [",, ;q=1, text/html;q=nonsense", html],
    ["text/html;q=-1, text/plain;q=0.1", text],
  ])("%s", (accept, wanted) => {
    expect(preferredType(accept, types)).toBe(wanted);
  });
});
