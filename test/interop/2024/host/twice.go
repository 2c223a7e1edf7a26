package main

import (
	"fmt"
	"os"
	"sync"
	"time"

	"github.com/smartcontractkit/chainlink-common/pkg/loop"
)

// twiceScenario ends ten instances of a median plugin as Chainlink's node does: twice at once. The second finds the connection closed, and
// kills; go-plugin calls that an error in the host's log.
func twiceScenario(h *host) {
	folder, err := os.MkdirTemp("", "twice-")
	if err != nil {
		panic(err)
	}
	defer os.RemoveAll(folder)
	// For the directories of sockets that go-plugin makes.
	os.Setenv("TMPDIR", folder)
	for range 10 {
		client, protocol := launch(h, &loop.GRPCPluginMedian{BrokerConfig: broker(h)})
		_, err := protocol.Dispense(loop.PluginMedianName)
		h.done("dispense", err)
		begun := time.Now()
		var both sync.WaitGroup
		for range 2 {
			both.Add(1)
			go func() {
				defer both.Done()
				client.Kill()
			}()
		}
		both.Wait()
		fmt.Fprintf(os.Stderr, "gone after %s\n", time.Since(begun).Round(100*time.Microsecond))
		h.value("exit status", "%s", h.launcher.instances[h.launcher.count()-1].ProcessState)
	}
	left, err := os.ReadDir(folder)
	h.result("directories left", len(left), err)
}
