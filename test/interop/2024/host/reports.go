package main

import (
	"context"
	"errors"
	"fmt"
	"math/big"
	"strings"
	"time"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/smartcontractkit/libocr/offchainreporting2/reportingplugin/median"
	ocrtypes "github.com/smartcontractkit/libocr/offchainreporting2plus/types"
)

func report(h *host, step string, plugin ocrtypes.ReportingPlugin, when ocrtypes.ReportTimestamp, observations ...ocrtypes.AttributedObservation) {
	within(callLimit, func(ctx context.Context) {
		should, report, err := plugin.Report(ctx, when, nil, observations)
		switch {
		case err != nil:
			h.failure(step, err)
		case !should:
			h.value(step, "no, with %d bytes", len(report))
		default:
			h.value(step, "%q", string(report))
		}
	})
}

func reports(h *host, f *feed, plugin ocrtypes.ReportingPlugin) {
	// What the contract says in each case; by default an answer that is young and the same as the four's.
	with := func(step string, change func(*answers), observations ...ocrtypes.AttributedObservation) {
		f.set(func(a *answers) {
			a.latest = transmission{digest: digest, epoch: 1, round: 1, answer: big.NewInt(101_000), timestamp: time.Now()}
			a.requested = request{}
			change(a)
		})
		if observations == nil {
			observations = four()
		}
		report(h, "report, "+step, plugin, at(2, 3), observations...)
		f.set(func(a *answers) { a.buildError, a.maxReportLength = nil, 1_000 })
	}
	nothing := func(*answers) {}
	answer := func(value int64) func(*answers) {
		return func(a *answers) { a.latest.answer = big.NewInt(value) }
	}
	with("first round", func(a *answers) { a.latest.epoch, a.latest.round = 0, 0 })
	with("first round of another config", func(a *answers) {
		a.latest.epoch, a.latest.round, a.latest.digest = 0, 0, ocrtypes.ConfigDigest{9}
	})
	with("nothing new", nothing)
	with("upwards by less than the deviation", answer(100_001))
	with("upwards by the deviation", answer(100_000))
	with("downwards by less than the deviation", answer(102_020))
	with("downwards by more than the deviation", answer(102_021))
	with("from zero", answer(0))
	with("to zero's other side", answer(-101_000))
	with("heartbeat", func(a *answers) { a.latest.timestamp = time.Now().Add(-2 * time.Hour) })
	with("no heartbeat yet", func(a *answers) { a.latest.timestamp = time.Now().Add(-30 * time.Minute) })
	with("answer without a time", func(a *answers) { a.latest.timestamp = time.Time{} })
	with("requested", func(a *answers) { a.requested = request{digest: digest, epoch: 1, round: 1} })
	with("requested later", func(a *answers) { a.requested = request{digest: digest, epoch: 1, round: 2} })
	with("requested and answered", func(a *answers) { a.requested = request{digest: digest, epoch: 1, round: 0} })
	with("requested under another config", func(a *answers) { a.requested = request{digest: ocrtypes.ConfigDigest{9}, epoch: 5, round: 2} })
	h.value("lookback", "%s", f.now().requested.lookback)

	with("above the maximum", answer(0), observed(0, 1_000_001), observed(1, 1_000_001), observed(2, 1_000_001))
	with("at the maximum", answer(0), observed(0, 1_000_000), observed(1, 1_000_000), observed(2, 1_000_000))
	with("below the minimum", answer(0), observed(0, 9), observed(1, 9), observed(2, 9))
	with("at the minimum", answer(0), observed(0, 10), observed(1, 10), observed(2, 10))
	with("equal values", answer(0), observed(2, 50), observed(0, 50), observed(1, 50))
	with("two observations", answer(0), observed(0, 50), observed(1, 60))
	with("one observation", answer(0), observed(0, 50))
	with("garbage and an empty one among four", answer(0), observed(0, 50), raw(1, []byte("garbage")), raw(2, nil), observed(3, 60))
	with("garbage but for one", answer(0), raw(0, []byte{0xff}), raw(1, nil), observed(2, 50))
	with("a value of 23 bytes", answer(0), raw(0, shortValue()), observed(1, 50), observed(2, 60))
	with("without gas prices", answer(0), raw(0, withoutGas(40)), raw(1, withoutGas(50)), raw(2, withoutGas(60)))
	with("the contract fails", func(a *answers) { a.latest.err = errors.New("no chain") })
	with("the contract has no answer", func(a *answers) { a.latest.answer = nil })
	with("requests fail", func(a *answers) { a.requested.err = errors.New("no logs") })
	with("the codec fails", func(a *answers) {
		a.latest.answer = big.NewInt(0)
		a.buildError = errors.New("no report")
	})
	with("longer than the limit at the start", func(a *answers) { a.latest.answer = big.NewInt(0) }, many(40)...)
	within(callLimit, func(ctx context.Context) {
		_, _, err := plugin.Report(ctx, at(2, 3), ocrtypes.Query{1}, four())
		h.done("report for a query with a byte", err)
	})
	h.value("errors for the operator", "%d", len(f.takeErrors()))
}

func textReport(value int64) ocrtypes.Report {
	return ocrtypes.Report(fmt.Sprintf("0@1=%d/1/1", value))
}

func acceptance(h *host, f *feed, plugin ocrtypes.ReportingPlugin) {
	accept := func(step string, when ocrtypes.ReportTimestamp, report ocrtypes.Report) {
		within(callLimit, func(ctx context.Context) {
			should, err := plugin.ShouldAcceptFinalizedReport(ctx, when, report)
			h.result("accept, "+step, should, err)
		})
	}
	contract := func(epoch uint32, round uint8) {
		f.set(func(a *answers) {
			a.latest = transmission{digest: digest, epoch: epoch, round: round, answer: big.NewInt(100), timestamp: time.Now()}
		})
	}
	contract(2, 0)
	accept("no report", at(2, 5), ocrtypes.Report("garbage"))
	accept("too long", at(2, 5), ocrtypes.Report(strings.Repeat("x", 1_001)))
	f.set(func(a *answers) { a.latest.digest = ocrtypes.ConfigDigest{9} })
	accept("under another config", at(2, 5), textReport(100))
	contract(2, 0)
	f.set(func(a *answers) { a.latest.err = errors.New("no chain") })
	accept("the contract fails", at(2, 5), textReport(100))
	contract(2, 0)
	f.set(func(a *answers) { a.medianError = status.Error(codes.InvalidArgument, "invalid encoding") })
	accept("the codec fails with a code", at(2, 5), textReport(100))
	f.set(func(a *answers) { a.medianError = nil })
	accept("what the contract has already", at(2, 0), textReport(100))
	accept("the first", at(2, 5), textReport(100))
	accept("the same again", at(2, 5), textReport(100))
	accept("an older one", at(2, 4), textReport(500))
	accept("a later one that hardly deviates", at(2, 6), textReport(101))
	accept("a later one that deviates", at(2, 7), textReport(102))
	contract(2, 7)
	accept("a later one with nothing pending", at(2, 8), textReport(102))
	accept("one of the next epoch that hardly deviates", at(3, 1), textReport(102))
	contract(3, 1)
	accept("one of the next epoch", at(3, 2), textReport(102))
}

func willTransmit(h *host, f *feed, plugin ocrtypes.ReportingPlugin) {
	transmit := func(step string, when ocrtypes.ReportTimestamp, report ocrtypes.Report) {
		within(callLimit, func(ctx context.Context) {
			should, err := plugin.ShouldTransmitAcceptedReport(ctx, when, report)
			h.result("transmit, "+step, should, err)
		})
	}
	f.set(func(a *answers) {
		a.latest = transmission{digest: digest, epoch: 4, round: 4, answer: big.NewInt(100), timestamp: time.Now()}
	})
	transmit("newer", at(4, 5), textReport(100))
	transmit("of the next epoch", at(5, 1), textReport(100))
	transmit("the contract's own", at(4, 4), textReport(100))
	transmit("older", at(4, 3), textReport(100))
	transmit("garbage", at(4, 5), ocrtypes.Report("garbage"))
	f.set(func(a *answers) { a.latest.digest = ocrtypes.ConfigDigest{9} })
	transmit("under another config", at(4, 5), textReport(100))
	f.set(func(a *answers) { a.latest.err = status.Error(codes.ResourceExhausted, "no chain") })
	transmit("the contract fails", at(4, 5), textReport(100))
}

// severalPlugins holds that two reporting plugins of one factory know nothing of each other.
func severalPlugins(h *host, f *feed, service factory) {
	f.set(func(a *answers) {
		a.latest = transmission{digest: digest, epoch: 1, round: 0, answer: big.NewInt(100), timestamp: time.Now()}
	})
	first := newReportingPlugin(h, "first of two reporting plugins", service, pluginConfig())
	second := newReportingPlugin(h, "second of two reporting plugins", service, pluginConfig())
	for step, plugin := range []ocrtypes.ReportingPlugin{first, second, first} {
		within(callLimit, func(ctx context.Context) {
			should, err := plugin.ShouldAcceptFinalizedReport(ctx, at(1, 1), textReport(100))
			h.result(fmt.Sprintf("accept by one of two, call %d", step+1), should, err)
		})
	}
	h.done("close the first", first.Close())
	within(callLimit, func(ctx context.Context) {
		_, err := second.Query(ctx, at(1, 2))
		h.done("query to the second", err)
	})
	h.done("close the second", second.Close())
}

func infiniteAlphas(h *host, f *feed, service factory) {
	config := pluginConfig()
	config.OffchainConfig = median.OffchainConfig{AlphaReportInfinite: true, AlphaAcceptInfinite: true, DeltaC: time.Hour}.Encode()
	plugin := newReportingPlugin(h, "reporting plugin with infinite alphas", service, config)
	f.set(func(a *answers) {
		a.latest = transmission{digest: digest, epoch: 1, round: 0, answer: big.NewInt(1), timestamp: time.Now()}
	})
	report(h, "report, infinite alpha", plugin, at(1, 1), four()...)
	for round, value := range []int64{100, 900} {
		within(callLimit, func(ctx context.Context) {
			should, err := plugin.ShouldAcceptFinalizedReport(ctx, at(1, uint8(round+1)), textReport(value))
			h.result(fmt.Sprintf("accept, infinite alpha, report %d", round+1), should, err)
		})
	}
	h.done("close the one with infinite alphas", plugin.Close())
}
