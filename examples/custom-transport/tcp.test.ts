/** Everything that a transport owes its users. */
import { transportSuite } from "../../src/testing/transport-suite/index.ts";
import tcp from "./tcp.transport.ts";

transportSuite({ name: "tcp", transport: tcp });
