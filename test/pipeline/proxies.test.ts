/** The variables that name proxies, with the rules of Go's net/http. */
import { describe, expect, it } from "vitest";
import { createProxies } from "../../src/pipeline/proxies.ts";

const proxyOf = (url: string, variables: Record<string, string>) => createProxies(variables)(new URL(url))?.href;
const both = { HTTP_PROXY: "http://plain:3128", HTTPS_PROXY: "secure:3129" };

describe("createProxies()", () => {
  it.each<[string, Record<string, string>, string | undefined]>([
    ["http://a.example/", {}, undefined],
    ["http://a.example/", both, "http://plain:3128/"],
    ["https://a.example/", both, "http://secure:3129/"],
    ["http://a.example/", { http_proxy: "small" }, "http://small/"],
    ["http://a.example/", { HTTP_PROXY: "", http_proxy: "small" }, "http://small/"],
    ["https://a.example/", { HTTP_PROXY: "http://plain" }, undefined],
    ["http://a.example/", { ALL_PROXY: "http://all" }, undefined],
    ["https://a.example/", { https_proxy: "https://u:p@secure:1" }, "https://u:p@secure:1/"],
    // A CGI's client can set HTTP_PROXY, but not the others.
    ["https://a.example/", { ...both, REQUEST_METHOD: "GET" }, "http://secure:3129/"],
    // This machine.
    ["http://localhost:8080/", both, undefined],
    ["http://127.9.9.9/", both, undefined],
    ["http://[::1]/", both, undefined],
    ["http://[::ffff:127.0.0.1]/", both, undefined],
    ["http://10.0.0.1/", both, "http://plain:3128/"],
  ])("%s with %j: %s", (url, variables, proxy) => {
    expect(proxyOf(url, variables)).toBe(proxy);
  });

  it.each<[string, string, boolean]>([
    ["example.com", "example.com", true],
    ["example.com", "a.example.com", true],
    ["example.com", "notexample.com", false],
    [".example.com", "example.com", false],
    [".example.com", "a.example.com", true],
    ["*.example.com", "example.com", false],
    ["*.example.com", "a.b.example.com", true],
    ["other, EXAMPLE.com ", "A.Example.COM", true],
    ["*", "anything", true],
    ["a,*", "10.1.2.3", true],
    ["example.com:8080", "example.com:8080", true],
    ["example.com:8080", "example.com", false],
    ["example.com:80", "example.com", true],
    ["10.1.2.3", "10.1.2.3", true],
    ["10.1.2.3:81", "10.1.2.3:81", true],
    ["10.1.2.3:81", "10.1.2.3", false],
    ["10.0.0.0/8", "10.200.0.1", true],
    ["10.0.0.0/8", "11.0.0.1", false],
    ["10.0.0.0/8", "a.example", false],
    ["fd00::/8", "[fd12::1]", true],
    ["[fd12::1]:80", "[fd12::1]", true],
    ["fd12::1", "[fd12:0::1]", true],
    ["10.0.0.0/33", "10.0.0.0", false],
    [",,", "a.example", false],
    [":80", "a.example", false],
  ])("NO_PROXY=%s leaves out %s: %s", (list, host, isLeftOut) => {
    const proxy = proxyOf(`http://${host}/`, { ...both, NO_PROXY: list });
    expect(proxy).toBe(isLeftOut ? undefined : "http://plain:3128/");
    expect(proxyOf(`http://${host}/`, { http_proxy: "http://plain:3128", no_proxy: list })).toBe(proxy);
  });

  it.each<[Record<string, string>, string]>([
    [{ HTTP_PROXY: "http://" }, "HTTP_PROXY is not the URL of a proxy"],
    [
      { HTTP_PROXY: "socks5://u:secret@h:1" },
      'HTTP_PROXY names a proxy of "socks5:": only http: and https: are supported',
    ],
    [
      { HTTP_PROXY: "h", REQUEST_METHOD: "GET" },
      "HTTP_PROXY is not used where REQUEST_METHOD is set: a client may have set it",
    ],
  ])("%j fails the requests that it is for", (variables, message) => {
    expect(() => proxyOf("http://a.example", variables)).toThrow(new Error(message));
    expect(proxyOf("http://127.0.0.1", { HTTP_PROXY: variables.HTTP_PROXY ?? "" })).toBeUndefined();
    expect(proxyOf("https://a.example", variables)).toBeUndefined();
  });
});
