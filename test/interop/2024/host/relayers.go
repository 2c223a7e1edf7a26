package main

import (
	"context"

	"github.com/smartcontractkit/chainlink-common/pkg/loop"
)

// relayersScenario asks one instance of a relayer plugin for several relayers.
func relayersScenario(h *host) {
	directory, remove := temporary()
	defer remove()
	client, protocol := launch(h, &loop.GRPCPluginRelayer{BrokerConfig: broker(h)})
	defer client.Kill()
	dispensed, err := protocol.Dispense(loop.PluginRelayerName)
	h.done("dispense", err)
	root := dispensed.(loop.PluginRelayer)

	configs := []struct{ name, chain, config string }{
		{"first", "1337", chainConfig("1337", directory)},
		{"second", "1338", chainConfig("1338", directory)},
		{"first's twin", "1337", chainConfig("1337", directory)},
	}
	relayers := map[string]loop.Relayer{}
	within(callLimit, func(ctx context.Context) {
		for _, one := range configs {
			relayer, err := newRelayer(ctx, root, one.config)
			h.done("new relayer, "+one.name, err)
			relayers[one.name] = relayer
		}
		for _, one := range configs {
			status, err := relayers[one.name].GetChainStatus(ctx)
			h.result("chain status, "+one.name, status.ID, err)
			h.done("ready, "+one.name, relayers[one.name].Ready())
		}
	})
	rootHealth(h, "health of the plugin", root)
	for _, bad := range []struct{ name, config string }{
		{"no TOML", "ChainID = "},
		{"without a feed", `ChainID = "1"`},
		{"with an unknown key", chainConfig("1", directory) + "\n[Unknown]\n"},
	} {
		within(refusedLimit, func(ctx context.Context) {
			relayer, err := newRelayer(ctx, root, bad.config)
			if err == nil {
				_, err = relayer.GetChainStatus(ctx)
			}
			h.refused("new relayer, "+bad.name, err)
		})
	}
	within(callLimit, func(ctx context.Context) {
		h.done("close the first", relayers["first"].Close())
		for _, name := range []string{"second", "first's twin"} {
			status, err := relayers[name].GetChainStatus(ctx)
			h.result("chain status after that, "+name, status.ID, err)
		}
	})
	rootHealth(h, "health of the plugin after that", root)
	client.Kill()
	h.value("exited", "%t", client.Exited())
}
