import { once } from "node:events";
import { MessageChannel } from "node:worker_threads";
import { expect, it, onTestFinished } from "vitest";
import { createPortChannel } from "../../../transports/worker/channel.ts";

function createPorts() {
  const { port1, port2 } = new MessageChannel();
  onTestFinished(() => {
    port1.close();
    port2.close();
  });
  return [port1, port2] as const;
}

it("brings chunks as bytes, and control messages as they were sent, in their order", async () => {
  const [one, other] = createPorts();
  const messages: unknown[] = [];
  const three = new Promise<void>((resolve) => {
    createPortChannel(other).listen({
      onMessage: (message) => void (messages.push(message) === 3 && resolve()),
      onClose: () => {},
    });
  });
  const channel = createPortChannel(one);
  channel.post(Uint8Array.of(1, 2));
  channel.post({ type: "stop" });
  channel.post(new Uint8Array());
  await three;
  expect(messages).toEqual([Uint8Array.of(1, 2), { type: "stop" }, new Uint8Array()]);
});

it("sends no array of bytes, each of which Deno would look at when it arrives", async () => {
  const [one, other] = createPorts();
  const arrival = once(other, "message");
  createPortChannel(one).post(new Uint8Array(1024));
  const [message] = await arrival;
  expect(message).toBeInstanceOf(ArrayBuffer);
});
