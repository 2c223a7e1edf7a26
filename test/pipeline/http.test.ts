/** The http task against real servers. */
import { deflateSync, gzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { parsePipeline } from "../../src/pipeline/parse.ts";
import { runPipeline } from "../../src/pipeline/run.ts";
import type { TaskResult, Value } from "../../src/pipeline/types.ts";
import { startSource } from "./sources.ts";

async function run(
  text: string,
  options: { allowLocalAddresses?: boolean; maxBodyBytes?: number; variables?: Record<string, Value> } = {},
): Promise<TaskResult> {
  const environment = {
    bridges: new Map<string, string>(),
    allowLocalAddresses: options.allowLocalAddresses ?? true,
    maxBodyBytes: options.maxBodyBytes ?? 32 * 1024,
    bridgeCache: new Map(),
  };
  // A deadline, so that a hang fails the test.
  const timeoutMs = 5000;
  return (await runPipeline(parsePipeline(text), { environment, variables: options.variables ?? {}, timeoutMs }))
    .result;
}

async function errorOf(...args: Parameters<typeof run>): Promise<string> {
  return (await run(...args)).error?.message ?? "no error";
}

describe("http", () => {
  it("sends a GET and returns the body, whatever its bytes", async () => {
    await using source = await startSource(() => '{"price": 1.50, "name": "ü"}');
    expect(await run(`a [type=http url="${source.url}/x?y=1"]`)).toEqual({ value: '{"price": 1.50, "name": "ü"}' });
    expect(source.requests[0]).toMatchObject({ method: "GET", path: "/x?y=1", body: "" });
  });

  it("sends headers and JSON with variables, with all digits", async () => {
    await using source = await startSource(() => "ok");
    const text = `
      n [type=jsonparse data=<{"big": 123456789012345678901234567890.10, "list": [true, null]}>];
      m [type=multiply input="$(n.big)" times=10];
      a [type=http method=POST url="${source.url}" headers=<["X-Key", "secret", "Content-Type", "text/plain"]>
         requestData=<{"n": $(n), "m": [$(m)], "job": $(jb.name), "__proto__": 1}>]`;
    expect(await run(text, { variables: { jb: { name: 'a "b"' } } })).toEqual({ value: "ok" });
    expect(source.requests[0]?.body).toBe(
      '{"n":{"big":123456789012345678901234567890.10,"list":[true,null]},"m":[1234567890123456789012345678901],"job":"a \\"b\\"","__proto__":1}',
    );
    expect(source.requests[0]).toMatchObject({
      method: "POST",
      headers: { "x-key": "secret", "content-type": "text/plain" },
    });
  });

  it("sends a body with GET, as Chainlink does", async () => {
    await using source = await startSource(() => "ok");
    await run(`a [type=http method=GET url="${source.url}" requestData=<{"a": 1}>]`);
    expect(source.requests[0]).toMatchObject({ method: "GET", body: '{"a":1}' });
  });

  it("sends JSON text from a variable as it is, bytes as Base64 and nothing for null, as Chainlink does", async () => {
    await using source = await startSource(() => "ok");
    const bodies = ['"{\\"a\\": 1.0}"', "null", '{"b": $(b)}'].map(async (data, index) => {
      const text = `b [type=hexdecode input="0x4142"]; d [type=memo value=<${data}>];
        a [type=http method=put url="${source.url}/${index}" requestData="$(d)"]; b -> e; a -> e; e [type=coalesce]`;
      await run(text);
    });
    await Promise.all(bodies);
    const sorted = source.requests.toSorted((a, b) => a.path.localeCompare(b.path));
    expect(sorted.map(({ method, body }) => [method, body])).toEqual([
      ["PUT", '{"a":1.0}'],
      ["PUT", ""],
      ["PUT", '{"b":"QUI="}'],
    ]);
  });

  it("reads its URL from a variable", async () => {
    await using source = await startSource(() => "ok");
    const text = `u [type=jsonparse data=<{"url": "${source.url}/z"}> path=url]; a [type=http url="$(u)"]`;
    expect(await run(text)).toEqual({ value: "ok" });
  });

  it.each([400, 404, 500, 304])("fails with status %d", async (status) => {
    await using source = await startSource((_request, response) => {
      response.statusCode = status;
      return "";
    });
    expect(await errorOf(`a [type=http url="${source.url}/p?key=k"]`)).toBe(
      `Task "a" failed: GET ${source.url}/p?******** answered with status ${status}`,
    );
  });

  it("fails when no server listens, and for an invalid URL", async () => {
    const { url, port } = await startSource(() => "").then(async (source) => {
      await source[Symbol.asyncDispose]();
      return source;
    });
    expect(await errorOf(`a [type=http url="${url}"]`)).toContain(`Cannot request http://127.0.0.1:${port}`);
    expect(await errorOf(`a [type=http url="no url"]`)).toContain('url: "no url" is not a URL');
    expect(await errorOf(`a [type=http url="file:///etc/passwd"]`)).toContain("only http and https URLs are supported");
  });

  it("fails when the response breaks off", async () => {
    await using source = await startSource((_request, response) => {
      response.writeHead(200, { "content-length": 1000 });
      response.write("half", () => response.destroy());
    });
    expect(await errorOf(`a [type=http url="${source.url}"]`)).toContain("Cannot request ");
  });

  it("accepts a response of the longest length, and refuses a longer one", async () => {
    await using source = await startSource(({ path }) => "x".repeat(Number(path.slice(1))));
    expect(await run(`a [type=http url="${source.url}/32768"]`)).toEqual({ value: "x".repeat(32_768) });
    expect(await errorOf(`a [type=http url="${source.url}/32769"]`)).toContain("answered with more than 32768 bytes");
    expect(await errorOf(`a [type=http url="${source.url}/11"]`, { maxBodyBytes: 10 })).toContain("more than 10 bytes");
  });

  it("stops reading an endless response", async () => {
    await using source = await startSource((_request, response) => {
      const more = () => {
        while (response.write("x".repeat(16_384)));
      };
      response.on("drain", more);
      more();
    });
    expect(await errorOf(`a [type=http url="${source.url}"]`)).toContain("answered with more than 32768 bytes");
  });

  it("decompresses responses, and limits the decompressed bytes", async () => {
    await using source = await startSource(({ path }, response) => {
      const text = path === "/bomb" ? "x".repeat(10_000_000) : "packed";
      response.setHeader("content-encoding", path === "/deflate" ? "deflate" : "gzip");
      response.end(path === "/broken" ? "not gzip" : path === "/deflate" ? deflateSync(text) : gzipSync(text));
    });
    expect(await run(`a [type=http url="${source.url}/gzip"]`)).toEqual({ value: "packed" });
    expect(await run(`a [type=http url="${source.url}/deflate"]`)).toEqual({ value: "packed" });
    expect(await errorOf(`a [type=http url="${source.url}/bomb"]`)).toContain("answered with more than 32768 bytes");
    expect(await errorOf(`a [type=http url="${source.url}/broken"]`)).toContain("Cannot request ");
  });

  it("returns the bytes of an unknown encoding unchanged", async () => {
    await using source = await startSource((_request, response) => {
      response.setHeader("content-encoding", "constructor");
      return "plain";
    });
    expect(await run(`a [type=http url="${source.url}"]`)).toEqual({ value: "plain" });
  });

  it("follows redirects, but does not send its headers to another server", async () => {
    await using target = await startSource(() => "there");
    await using source = await startSource(({ path }, response) => {
      response.statusCode = 302;
      response.setHeader("location", path === "/" ? "/again" : `${target.url}/end`);
      return "";
    });
    expect(await run(`a [type=http url="${source.url}/" headers=<["X-Key", "secret"]>]`)).toEqual({ value: "there" });
    expect(source.requests.map(({ headers }) => headers["x-key"])).toEqual(["secret", "secret"]);
    expect(target.requests[0]?.headers["x-key"]).toBeUndefined();
  });

  it.each([
    [301, "GET", ["GET", ""]],
    [302, "POST", ["GET", ""]],
    [303, "PUT", ["GET", ""]],
    [303, "HEAD", ["HEAD", ""]],
    [307, "GET", ["GET", '{"key":"secret"}']],
    [308, "GET", ["GET", '{"key":"secret"}']],
  ])("after a %d of a %s to the same server it sends %j", async (status, method, expected) => {
    await using source = await startSource(({ path }, response) => {
      if (path !== "/") return "there";
      response.writeHead(status, { location: "/next" });
      return "";
    });
    const task = `a [type=http method=${method} url="${source.url}/" headers=<["X-Key", "k"]> requestData=<{"key": "secret"}>]`;
    expect(await run(task)).toEqual({ value: method === "HEAD" ? "" : "there" });
    const [, second] = source.requests;
    expect([second?.method, second?.body]).toEqual(expected);
    expect(second?.headers).toMatchObject({ "x-key": "k" });
    // What describes a body goes with it.
    expect(second?.headers["content-type"]).toBe(expected[1] === "" ? undefined : "application/json");
    expect(second?.headers["content-length"]).toBe(expected[1] === "" ? undefined : "16");
  });

  it.each([301, 302, 303, 307, 308])("after a %d sends nothing of the job's to another server", async (status) => {
    await using target = await startSource(({ path }, response) => {
      // And back again.
      if (path === "/end") response.writeHead(302, { location: `${source.url}/last` });
      return "";
    });
    await using source = await startSource(({ path }, response) => {
      if (path === "/last") return "there";
      response.writeHead(status, { location: `${target.url}/end` });
      return "";
    });
    const headers = `headers=<["Authorization", "Bearer t", "Cookie", "c=1", "X-Key", "k"]>`;
    const withBody = `a [type=http url="${source.url}/" ${headers} requestData=<{"key": "secret"}>]`;
    if (status < 307) expect(await run(withBody)).toEqual({ value: "there" });
    else {
      expect(await errorOf(withBody)).toBe(
        `Task "a" failed: ${source.url}/ redirects to ${target.url}/end, which must not get what is sent: request that URL itself`,
      );
      expect(target.requests).toHaveLength(0);
      expect(await run(`a [type=http url="${source.url}/" ${headers}]`)).toEqual({ value: "there" });
    }
    for (const { headers: sent, body } of [...target.requests, ...source.requests.slice(-1)]) {
      expect(body).toBe("");
      for (const name of ["authorization", "cookie", "x-key", "content-type"]) expect(sent).not.toHaveProperty(name);
    }
  });

  it("does not follow a redirect in a cycle, to another protocol, or of a POST", async () => {
    await using source = await startSource(({ path }, response) => {
      response.statusCode = 307;
      response.setHeader("location", path === "/file" ? "file:///etc/passwd" : path === "/odd" ? "http://[" : path);
      return "";
    });
    expect(await errorOf(`a [type=http url="${source.url}/circle"]`)).toContain("redirects too often");
    expect(await errorOf(`a [type=http url="${source.url}/file"]`)).toContain("only http and https URLs are supported");
    expect(await errorOf(`a [type=http url="${source.url}/odd"]`)).toContain(
      "redirects to something that is not a URL",
    );
    expect(await errorOf(`a [type=http method=POST url="${source.url}/post"]`)).toContain("answered with status 307");
  });

  it.each(["127.0.0.1", "localhost", "2130706433", "0x7f.1", "127.1", "[::ffff:127.0.0.1]", "0.0.0.0"])(
    "does not reach a local address as %s unless it may",
    async (host) => {
      await using source = await startSource(() => "secret");
      const url = `http://${host}:${source.port}/`;
      const message = await errorOf(`a [type=http url="${url}"]`, { allowLocalAddresses: false });
      expect(message).toMatch(/is a local address; set allowUnrestrictedNetworkAccess="true" to allow it$/);
      expect(source.requests).toHaveLength(0);
    },
  );

  it("uses the task's setting before the config's", async () => {
    await using source = await startSource(() => "ok");
    const task = (allow: string) => `a [type=http url="${source.url}" allowUnrestrictedNetworkAccess=${allow}]`;
    expect(await run(task("true"), { allowLocalAddresses: false })).toEqual({ value: "ok" });
    expect(await errorOf(task("false"), { allowLocalAddresses: true })).toContain("is a local address");
  });

  it("makes no request when its input has failed", async () => {
    await using source = await startSource(() => "ok");
    expect(await errorOf(`x [type=jsonparse data="{"]; a [type=http url="${source.url}"]; x -> a`)).toContain(
      'Task "x" failed',
    );
    expect(source.requests).toHaveLength(0);
  });
});
