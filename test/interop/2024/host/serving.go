package main

import (
	"io"
	"os"

	"github.com/smartcontractkit/chainlink-common/pkg/loop"
)

// servingScenario keeps a median plugin running until standard input ends: whoever started this program looks at the plugin
// meanwhile.
func servingScenario(h *host) {
	client, protocol := launch(h, &loop.GRPCPluginMedian{BrokerConfig: broker(h)})
	h.done("ping", protocol.Ping())
	_, _ = io.Copy(io.Discard, os.Stdin)
	h.done("ping at the end", protocol.Ping())
	ended(h, client)
}
