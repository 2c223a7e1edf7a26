package main

import (
	"context"

	"github.com/smartcontractkit/chainlink-common/pkg/loop"
	"github.com/smartcontractkit/chainlink-common/pkg/types"
	"github.com/smartcontractkit/chainlink-common/pkg/types/core"
)

// What pkg/loop was in July 2026 (v1.3.1): a keystore for chains and one for the node itself, deviation functions, and a large environment.

var ownScenarios = map[string]func(*host){"deviation": deviationScenario}

func loopEnvironment() []string {
	config := loop.EnvConfig{PrometheusPort: 0}
	return config.AsCmdEnv()
}

func newMedianService(h *host, f *feed) *loop.MedianService {
	return newMedianServiceOver(h, f, f)
}

func newMedianServiceOver(h *host, f *feed, provider types.MedianProvider) *loop.MedianService {
	return newMedianServiceThat(h, f, provider, nil)
}

// newMedianServiceThat takes a deviation function as a job has it; nil is the built-in one.
func newMedianServiceThat(h *host, f *feed, provider types.MedianProvider, deviates map[string]any) *loop.MedianService {
	value, juelsPerFeeCoin, gasPriceSubunits := f.sources()
	return loop.NewMedianService(h.lggr, loop.GRPCOpts{}, h.launcher.next, provider, contract, value, juelsPerFeeCoin, gasPriceSubunits, f, deviates)
}

func newRelayerService(h *host, config string) *loop.RelayerService {
	return loop.NewRelayerService(h.lggr, loop.GRPCOpts{}, h.launcher.next, config, keystore{}, keystore{}, registry{})
}

func newRelayer(ctx context.Context, plugin loop.PluginRelayer, config string) (loop.Relayer, error) {
	return plugin.NewRelayer(ctx, config, keystore{}, keystore{}, registry{})
}

func rootHealth(h *host, step string, plugin loop.PluginRelayer) {
	h.health(step, plugin.HealthReport())
}

// registry is one that nobody asks for anything.
type registry struct{ core.CapabilitiesRegistry }

func otherCalls(h *host, ctx context.Context, relayer loop.Relayer) {
	head, err := relayer.FinalizedHead(ctx)
	h.result("finalized head", headText(head), err)
	info, err := relayer.GetChainInfo(ctx)
	h.result("chain info", info, err)
	h.done("replay", relayer.Replay(ctx, "1", nil))
	within(refusedLimit, func(ctx context.Context) {
		reader, err := relayer.NewContractReader(ctx, []byte("{}"))
		if err == nil {
			err = reader.Bind(ctx, nil)
		}
		h.refused("contract reader", err)
	})
}
