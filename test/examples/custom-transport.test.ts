import tcp from "../../examples/custom-transport/tcp.transport.ts";
import { transportSuite } from "../../src/testing/transport-suite.ts";

transportSuite({ name: "an example's own, over TCP", transport: tcp });
