package main

import (
	"context"
	"math/big"
	"time"

	"github.com/smartcontractkit/libocr/offchainreporting2/reportingplugin/median"
)

// deviationScenario is about the deviation functions that jobs may name since February 2025.
func deviationScenario(h *host) {
	// A yearly rate in percent with four decimals, which matters for what is left of the year.
	pendle := map[string]any{
		"type":       "pendle",
		"expiresAt":  float64(time.Now().Add(365 * 24 * time.Hour / 2).Unix()),
		"multiplier": "1000000",
	}
	f := newFeed()
	service := newMedianServiceThat(h, f, f, pendle)
	h.done("start", service.Start(context.Background()))
	config := pluginConfig()
	config.OffchainConfig = median.OffchainConfig{AlphaReportPPB: 10_000_000, DeltaC: time.Hour}.Encode()
	plugin := newReportingPlugin(h, "reporting plugin", service, config)
	for _, answer := range []int64{101_000, 91_000, 82_000, 80_000, 120_000, 122_000} {
		f.set(func(a *answers) {
			a.latest = transmission{digest: digest, epoch: 1, round: 1, answer: big.NewInt(answer), timestamp: time.Now()}
		})
		within(callLimit, func(ctx context.Context) {
			should, _, err := plugin.Report(ctx, at(2, 1), nil, four())
			h.result("report from "+big.NewInt(answer).String(), should, err)
		})
	}
	h.done("close", service.Close())

	unknown := newMedianServiceThat(h, f, f, map[string]any{"type": "guess"})
	h.done("start with an unknown one", unknown.Start(context.Background()))
	within(refusedLimit, func(ctx context.Context) {
		_, _, err := unknown.NewReportingPlugin(ctx, config)
		h.refused("reporting plugin of an unknown one", err)
	})
	h.done("close", unknown.Close())
}
