package main

import (
	"context"
	"errors"
	"fmt"
	"slices"

	ocrtypes "github.com/smartcontractkit/libocr/offchainreporting2plus/types"

	"github.com/smartcontractkit/chainlink-common/pkg/types"
)

// fullRoundScenario runs a relayer plugin and a median plugin beside each other. The host passes the relayer's provider on to
// the median plugin without looking into what goes through. The commands of the two are separated by "--", the median's first.
func fullRoundScenario(h *host) {
	middle := slices.Index(h.launcher.command, "--")
	if middle == -1 {
		panic(errors.New(`a full round needs two commands, separated by "--"`))
	}
	relaying := &launcher{command: h.launcher.command[middle+1:], env: h.launcher.env}
	h.launcher.command = h.launcher.command[:middle]

	directory, remove := temporary()
	defer remove()
	relayer := newRelayerService(&host{transcript: h.transcript, launcher: relaying, lggr: h.lggr}, chainConfig("1337", directory))
	h.done("start the relayer", relayer.Start(context.Background()))
	var provider types.MedianProvider
	within(callLimit, func(ctx context.Context) {
		made, err := relayer.NewPluginProvider(ctx, relayArgs(contract, "1337"), pluginArgs(transmitter))
		h.done("median provider", err)
		provider = made.(types.MedianProvider)
	})

	f := newFeed()
	f.set(func(a *answers) { a.value, a.juelsPerFeeCoin = always(50_000), always(3) })
	service := newMedianServiceOver(h, f, provider)
	h.done("start the median", service.Start(context.Background()))
	config := pluginConfig()
	config.F, config.N, config.OracleID = 0, 1, 0
	within(callLimit, func(ctx context.Context) {
		_, digest, err := provider.ContractConfigTracker().LatestConfigDetails(ctx)
		h.result("config digest", fmt.Sprintf("%x", digest[:]), err)
		config.ConfigDigest = digest
	})
	plugin := newReportingPlugin(h, "reporting plugin", service, config)
	round := func(step string, epoch uint32) {
		within(callLimit, func(ctx context.Context) {
			when := ocrtypes.ReportTimestamp{ConfigDigest: config.ConfigDigest, Epoch: epoch, Round: 1}
			observations := []ocrtypes.AttributedObservation{observed(0, 50_000)}
			should, report, err := plugin.Report(ctx, when, nil, observations)
			// The host may be about to find the relayer's next instance: what fails meanwhile is asked again, as in the next round.
			for err != nil && ctx.Err() == nil {
				should, report, err = plugin.Report(ctx, when, nil, observations)
			}
			h.result(step+": report", fmt.Sprintf("%t %x", should, report), err)
			accepted, err := plugin.ShouldAcceptFinalizedReport(ctx, when, report)
			h.result(step+": accept", accepted, err)
			transmit, err := plugin.ShouldTransmitAcceptedReport(ctx, when, report)
			h.result(step+": transmit", transmit, err)
		})
	}
	round("round", 1)
	// The median plugin keeps what it was given: the host finds the relayer's next instance for it.
	relaying.kill()
	round("round of the relayer's next instance", 2)
	h.value("instances of the relayer", "%d", relaying.count())
	h.value("instances of the median", "%d", h.launcher.count())
	h.done("close the reporting plugin", plugin.Close())
	h.done("close the median", service.Close())
	h.done("close the provider", provider.Close())
	h.done("close the relayer", relayer.Close())
}
