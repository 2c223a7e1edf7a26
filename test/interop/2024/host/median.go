package main

import (
	"context"
	"errors"
	"math/big"
	"time"

	"github.com/smartcontractkit/libocr/offchainreporting2/reportingplugin/median"
	ocrtypes "github.com/smartcontractkit/libocr/offchainreporting2plus/types"
)

// callLimit is far above what any call takes here, also on a busy machine.
const callLimit = 30 * time.Second

var (
	onchainConfig  = mustEncode(median.OnchainConfig{Min: big.NewInt(10), Max: big.NewInt(1_000_000)})
	offchainConfig = median.OffchainConfig{
		AlphaReportPPB: 10_000_000, // 1 %
		AlphaAcceptPPB: 20_000_000,
		DeltaC:         time.Hour,
	}
)

func mustEncode(config median.OnchainConfig) []byte {
	encoded, err := median.StandardOnchainConfigCodec{}.Encode(context.Background(), config)
	if err != nil {
		panic(err)
	}
	return encoded
}

func pluginConfig() ocrtypes.ReportingPluginConfig {
	return ocrtypes.ReportingPluginConfig{
		ConfigDigest:                            digest,
		OracleID:                                3,
		N:                                       4,
		F:                                       1,
		OnchainConfig:                           onchainConfig,
		OffchainConfig:                          offchainConfig.Encode(),
		EstimatedRoundInterval:                  time.Second,
		MaxDurationQuery:                        100 * time.Millisecond,
		MaxDurationObservation:                  time.Second,
		MaxDurationReport:                       time.Second,
		MaxDurationShouldAcceptFinalizedReport:  time.Second,
		MaxDurationShouldTransmitAcceptedReport: time.Second,
	}
}

func at(epoch uint32, round uint8) ocrtypes.ReportTimestamp {
	return ocrtypes.ReportTimestamp{ConfigDigest: digest, Epoch: epoch, Round: round}
}

// medianScenario takes a median plugin through all that a node asks of it, with the node's answers under control.
func medianScenario(h *host) {
	f := newFeed()
	service := newMedianService(h, f)
	h.done("start", service.Start(context.Background()))
	h.value("name", "%s", service.Name())

	refusedConfigs(h, f, service)
	plugin := newReportingPlugin(h, "reporting plugin", service, pluginConfig())
	observations(h, f, plugin)
	reports(h, f, plugin)
	acceptance(h, f, plugin)
	willTransmit(h, f, plugin)
	severalPlugins(h, f, service)
	infiniteAlphas(h, f, service)

	h.done("ready", service.Ready())
	h.health("health", service.HealthReport())

	h.launcher.kill()
	within(callLimit, func(ctx context.Context) {
		_, err := plugin.Query(ctx, at(9, 1))
		h.done("query to the instance that was killed", err)
	})
	f.reset()
	next := newReportingPlugin(h, "reporting plugin of the next instance", service, pluginConfig())
	h.value("instances", "%d", h.launcher.count())
	observe(h, "observation of the next instance", next)
	report(h, "report of the next instance", next, at(1, 1), four()...)
	within(callLimit, func(ctx context.Context) {
		_, err := plugin.Query(ctx, at(9, 2))
		h.done("query to the plugin of the killed instance", err)
	})

	h.done("close the reporting plugin", next.Close())
	pid := h.launcher.pid()
	h.done("close", service.Close())
	awaitEnd(pid)
	h.value("instances", "%d", h.launcher.count())
}

type factory interface {
	NewReportingPlugin(context.Context, ocrtypes.ReportingPluginConfig) (ocrtypes.ReportingPlugin, ocrtypes.ReportingPluginInfo, error)
}

// newReportingPlugin ends the program when there is none: nothing that follows would mean anything.
func newReportingPlugin(h *host, step string, service factory, config ocrtypes.ReportingPluginConfig) (plugin ocrtypes.ReportingPlugin) {
	within(callLimit, func(ctx context.Context) {
		made, info, err := service.NewReportingPlugin(ctx, config)
		if err != nil {
			h.failure(step, err)
			panic(err)
		}
		h.value(step, "%s, unique reports %t, limits %d %d %d", info.Name, info.UniqueReports,
			info.Limits.MaxQueryLength, info.Limits.MaxObservationLength, info.Limits.MaxReportLength)
		plugin = made
	})
	return plugin
}

func refusedConfigs(h *host, f *feed, service factory) {
	try := func(step string, change func(*ocrtypes.ReportingPluginConfig)) {
		config := pluginConfig()
		change(&config)
		within(callLimit, func(ctx context.Context) {
			_, _, err := service.NewReportingPlugin(ctx, config)
			h.done(step, err)
		})
	}
	try("config with 3 bytes of onchain config", func(c *ocrtypes.ReportingPluginConfig) { c.OnchainConfig = []byte{1, 2, 3} })
	try("config without onchain config", func(c *ocrtypes.ReportingPluginConfig) { c.OnchainConfig = nil })
	try("config with an onchain config of another version", func(c *ocrtypes.ReportingPluginConfig) {
		c.OnchainConfig = append([]byte{2}, onchainConfig[1:]...)
	})
	try("config with an offchain config that is no protobuf", func(c *ocrtypes.ReportingPluginConfig) { c.OffchainConfig = []byte{0xff, 0xff} })
	try("config with an empty offchain config", func(c *ocrtypes.ReportingPluginConfig) { c.OffchainConfig = nil })
	f.set(func(a *answers) { a.lengthError = errors.New("no length today") })
	try("config while the report codec fails", func(*ocrtypes.ReportingPluginConfig) {})
	f.set(func(a *answers) { a.lengthError = nil })
}
