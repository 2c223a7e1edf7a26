package main

import (
	"context"
	"io"
	"os"
)

// measuredScenario takes a median plugin through one round, and keeps it running until standard input ends: whoever started this
// program looks at its metrics meanwhile.
func measuredScenario(h *host) {
	f := newFeed()
	service := newMedianService(h, f)
	h.done("start", service.Start(context.Background()))
	plugin := newReportingPlugin(h, "reporting plugin", service, pluginConfig())
	observe(h, "observation", plugin)
	report(h, "report", plugin, at(1, 1), four()...)
	h.done("ready", service.Ready())
	_, _ = io.Copy(io.Discard, os.Stdin)
	h.done("close the reporting plugin", plugin.Close())
	h.done("close", service.Close())
}
