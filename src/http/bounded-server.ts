/** An HTTP server with limits that no client gets around: how many connections there are, and how long an answer may stay unread. */
import type { RequestListener, Server, ServerOptions, ServerResponse } from "node:http";
import type { Socket } from "node:net";

export interface ServerLimits {
  /**
   * Connections at a time. One more ends the one that has been without a request for longest; where each has a request, the new one is
   * ended.
   */
  readonly maxConnections: number;
  /** How long it may take from the beginning of an answer until all of it has been sent, in milliseconds. */
  readonly answerMs: number;
}

/** Requests under way on one connection. Browsers and scrapers send the next one when they have the answer. */
const mostRequests = 4;

/** How often answers are checked for clients that do not read. */
const lookMs = 1000;

/** The answers under way on a connection, each with when it was first seen to have begun. */
type Answers = Map<ServerResponse, number | undefined>;

export function createBoundedServer(
  options: ServerOptions,
  { maxConnections, answerMs }: ServerLimits,
  listener: RequestListener,
): Server {
  /** Those without a request are in the order in which their last one ended. */
  const connections = new Map<Socket, Answers>();
  let looking: NodeJS.Timeout | undefined;

  function look(): void {
    const now = performance.now();
    for (const [socket, answers] of connections) {
      for (const [answer, begun] of answers) {
        if (!answer.headersSent) continue;
        if (begun === undefined) answers.set(answer, now);
        // A reset, so that the system drops what it has not sent.
        else if (now - begun >= answerMs) socket.resetAndDestroy();
      }
    }
  }

  function remove(socket: Socket): void {
    connections.delete(socket);
    if (connections.size > 0) return;
    clearInterval(looking);
    looking = undefined;
  }

  /** @returns whether the request is to be answered */
  function begin(socket: Socket, answer: ServerResponse): boolean {
    const answers = connections.get(socket);
    if (answers === undefined) return false;
    answers.set(answer, undefined);
    if (answers.size > mostRequests) {
      // More requests that have arrived may follow: none of them is answered.
      socket.destroy();
      return false;
    }
    answer.once("close", () => {
      answers.delete(answer);
      if (answers.size > 0 || !connections.delete(socket)) return;
      // Without a request now: the last in their order.
      connections.set(socket, answers);
    });
    return true;
  }

  // To import it would make Node load all of fetch with it, and a built plugin imports everything at its start.
  const { createServer } = process.getBuiltinModule("node:http");
  const server = createServer(options, (request, answer) => {
    if (begin(request.socket, answer)) listener(request, answer);
  });
  server.on("connection", (socket: Socket) => {
    if (connections.size >= maxConnections) {
      const idle = connections.entries().find(([, answers]) => answers.size === 0)?.[0];
      (idle ?? socket).destroy();
      if (idle === undefined) return;
      remove(idle);
    }
    connections.set(socket, new Map());
    looking ??= setInterval(look, lookMs).unref();
    socket.once("close", () => remove(socket));
  });
  return server;
}
