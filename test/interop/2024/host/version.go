package main

import (
	"context"

	"github.com/smartcontractkit/chainlink-common/pkg/loop"
	"github.com/smartcontractkit/chainlink-common/pkg/types"
	"github.com/smartcontractkit/chainlink-common/pkg/types/core"
)

// What pkg/loop was in October 2024 (v0.3.0): one keystore, no deviation functions, and of the environment hardly anything.

var ownScenarios = map[string]func(*host){}

func loopEnvironment() []string {
	config := loop.EnvConfig{PrometheusPort: 0}
	return config.AsCmdEnv()
}

func newMedianService(h *host, f *feed) *loop.MedianService {
	return newMedianServiceOver(h, f, f)
}

func newMedianServiceOver(h *host, f *feed, provider types.MedianProvider) *loop.MedianService {
	value, juelsPerFeeCoin, gasPriceSubunits := f.sources()
	return loop.NewMedianService(h.lggr, loop.GRPCOpts{}, h.launcher.next, provider, contract, value, juelsPerFeeCoin, gasPriceSubunits, f)
}

func newRelayerService(h *host, config string) *loop.RelayerService {
	return loop.NewRelayerService(h.lggr, loop.GRPCOpts{}, h.launcher.next, config, keystore{}, registry{})
}

func newRelayer(ctx context.Context, plugin loop.PluginRelayer, config string) (loop.Relayer, error) {
	return plugin.NewRelayer(ctx, config, keystore{}, registry{})
}

// rootHealth writes nothing: nobody asked the root of a plugin for its health then.
func rootHealth(*host, string, loop.PluginRelayer) {}

// registry is one that nobody asks for anything.
type registry struct{ core.CapabilitiesRegistry }

func otherCalls(h *host, _ context.Context, relayer loop.Relayer) {
	within(refusedLimit, func(ctx context.Context) {
		reader, err := relayer.NewContractReader(ctx, []byte("{}"))
		if err == nil {
			err = reader.Bind(ctx, nil)
		}
		h.refused("contract reader", err)
	})
}
