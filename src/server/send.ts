/** Sends answers of any length to clients that read as slowly as they like. */
import type { ServerResponse } from "node:http";
import type { HttpBindings } from "@hono/node-server";
import type { Context } from "hono";
import type { ContentfulStatusCode } from "hono/utils/http-status";
import { createHeldAnswers, holdUntilSent, pieceBytes, pieces } from "../http/held-answers.ts";

/** @param body is not copied: it may be sent to several clients at once, and must not be written to */
export type Send = (
  c: Context,
  status: number,
  body: Uint8Array<ArrayBuffer>,
  headers: Readonly<Record<string, string>>,
) => Response;

export function createSend(): Send {
  const held = createHeldAnswers();
  return (c, status, body, headers) => {
    const { incoming, outgoing } = c.env as Partial<HttpBindings>;
    if (body.length <= pieceBytes || c.req.method === "HEAD" || incoming === undefined || outgoing === undefined) {
      return c.body(body, status as ContentfulStatusCode, headers);
    }
    holdUntilSent(held, body, incoming.socket, outgoing as ServerResponse);
    return c.body(streamOf(body), status as ContentfulStatusCode, { ...headers, "content-length": `${body.length}` });
  };
}

/** Each piece is taken when there is room for it. */
function streamOf(body: Uint8Array<ArrayBuffer>): ReadableStream<Uint8Array<ArrayBuffer>> {
  const source = pieces(body);
  return new ReadableStream(
    {
      pull(controller) {
        const { done, value } = source.next();
        if (done) controller.close();
        else controller.enqueue(value);
      },
    },
    { highWaterMark: 0 },
  );
}
