package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/smartcontractkit/libocr/commontypes"
	ocrtypes "github.com/smartcontractkit/libocr/offchainreporting2plus/types"

	"github.com/smartcontractkit/chainlink-common/pkg/loop"
	"github.com/smartcontractkit/chainlink-common/pkg/loop/reportingplugins"
	"github.com/smartcontractkit/chainlink-common/pkg/types"
	"github.com/smartcontractkit/chainlink-common/pkg/types/core"
	"github.com/smartcontractkit/chainlink-common/pkg/utils/jsonserializable"
)

// weather is what the host serves to a product, and how it answers at the moment: its pipelines measure the temperature.
type weather struct {
	mu      sync.Mutex
	results core.TaskResults
	err     error
	// What the plugin has asked for since somebody looked.
	asked  []string
	values map[string][]byte
}

func (w *weather) measure(value any) {
	w.set(core.TaskResults{
		{ID: "read", Type: "http", TaskValue: core.TaskValue{Value: jsonserializable.JSONSerializable{Val: "<html>", Valid: true}}},
		{ID: "celsius", Type: "jsonparse", Index: 1, TaskValue: core.TaskValue{Value: jsonserializable.JSONSerializable{Val: value, Valid: value != nil}, IsTerminal: true}},
	}, nil)
}

func (w *weather) set(results core.TaskResults, err error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.results, w.err = results, err
}

func (w *weather) takeAsked() string {
	w.mu.Lock()
	defer w.mu.Unlock()
	asked := strings.Join(w.asked, ", ")
	w.asked = nil
	return asked
}

func (w *weather) ExecuteRun(_ context.Context, spec string, vars core.Vars, options core.Options) (core.TaskResults, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.asked = append(w.asked, fmt.Sprintf("run %q with %v, each task at most %s", spec, vars.Vars, options.MaxTaskDuration))
	return w.results, w.err
}

func (w *weather) Store(_ context.Context, key string, value []byte) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.asked = append(w.asked, fmt.Sprintf("store %q %s", key, value))
	w.values[key] = slices.Clone(value)
	return nil
}

// Get fails for a key without a value as the database of a Chainlink node does.
func (w *weather) Get(_ context.Context, key string) ([]byte, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.asked = append(w.asked, fmt.Sprintf("get %q", key))
	value, found := w.values[key]
	if !found {
		return nil, fmt.Errorf("failed to get value by key: %s : sql: no rows in result set", key)
	}
	return value, nil
}

func (w *weather) PruneExpiredEntries(context.Context, time.Duration) (int64, error) { return 0, nil }

func (w *weather) NewEndpoint(context.Context, string, string, string, string) (core.TelemetryClientEndpoint, error) {
	return nil, errors.New("this host has no telemetry endpoints")
}

func (w *weather) Send(context.Context, string, string, string, string, []byte) error { return nil }

func (w *weather) SaveError(context.Context, string) error { return nil }

// contractProvider is a provider whose contract has seen a report of the fifth epoch.
type contractProvider struct{ *feed }

func (contractProvider) ContractTransmitter() ocrtypes.ContractTransmitter {
	return contractTransmitter{}
}

type contractTransmitter struct{ ocrtypes.ContractTransmitter }

func (contractTransmitter) LatestConfigDigestAndEpoch(context.Context) (ocrtypes.ConfigDigest, uint32, error) {
	return digest, 5, nil
}

func (contractTransmitter) FromAccount(context.Context) (ocrtypes.Account, error) {
	return transmitter, nil
}

const productConfig = `{"frostBelow": 0, "pluginName": "frost", "pipelines": [{"name": "temperature", "spec": "the spec"}]}`

// productScenario takes the product of examples/frost through all that a node asks of it.
func productScenario(h *host) {
	validateConfigs(h)

	w := &weather{values: map[string][]byte{}}
	server, err := loop.NewProviderServer(contractProvider{newFeed()}, types.Median, h.lggr)
	if err != nil {
		panic(err)
	}
	if err := server.Start(context.Background()); err != nil {
		panic(err)
	}
	connection, err := server.GetConn()
	if err != nil {
		panic(err)
	}
	config := core.ReportingPluginServiceConfig{
		ProviderType: "median", PluginName: "frost", Command: h.launcher.command[0], TelemetryType: "frost",
		PluginConfig: `{"pipelines": [{"name": "temperature", "spec": "the spec"}], "pluginConfig": ` + productConfig + `}`,
	}
	service := reportingplugins.NewLOOPPService(h.lggr, loop.GRPCOpts{}, h.launcher.next, config, connection, w, w, w, w, nil)
	h.done("start", service.Start(context.Background()))
	h.value("name", "%s", service.Name())
	plugin := newReportingPlugin(h, "reporting plugin", service, pluginConfig())

	first := observeWeather(h, w, "observation of 4.5 °C", plugin, 4.5)
	reportWeather(h, "report without frost", plugin, first, first, first, first)
	reportWeather(h, "report with one observation made up", plugin, first, []byte("made up"), first, first)
	reportWeather(h, "report with two observations made up", plugin, []byte("{}"), []byte("made up"), first, first)
	cold := observeWeather(h, w, "observation of -0.5 °C", plugin, "-0.5")
	reportWeather(h, "report of the middle", plugin, first, cold, cold, first)
	acceptWeather(h, w, "accept", plugin, reportWeather(h, "report with frost", plugin, cold, cold, first, cold))
	again := observeWeather(h, w, "observation of -7 °C", plugin, -7)
	reportWeather(h, "report that most know already", plugin, again, again, again, first)
	failedWeather(h, w, plugin)
	transmitWeather(h, plugin)
	h.done("ready", service.Ready())
	h.health("health", service.HealthReport())

	h.launcher.kill()
	next := newReportingPlugin(h, "reporting plugin of the next instance", service, pluginConfig())
	observeWeather(h, w, "observation of the next instance", next, 3)
	h.done("close the reporting plugin", next.Close())
	pid := h.launcher.pid()
	h.done("close", service.Close())
	awaitEnd(pid)
	h.value("instances", "%d", h.launcher.count())
	_ = server.Close()
}

func validateConfigs(h *host) {
	service := reportingplugins.NewLOOPPServiceValidation(h.lggr, loop.GRPCOpts{}, h.launcher.next)
	h.done("start to validate", service.Start(context.Background()))
	pipelines := []any{map[string]any{"name": "temperature", "spec": "the spec"}}
	within(callLimit, func(ctx context.Context) {
		h.done("config that is right", service.ValidateConfig(ctx, map[string]any{"frostBelow": 0, "pipelines": pipelines}))
		h.done("config with a text for a number", service.ValidateConfig(ctx, map[string]any{"frostBelow": "no", "pipelines": pipelines}))
		h.done("config without pipelines", service.ValidateConfig(ctx, map[string]any{"frostBelow": 0}))
	})
	pid := h.launcher.pid()
	h.done("close the validation", service.Close())
	awaitEnd(pid)
}

func observeWeather(h *host, w *weather, step string, plugin ocrtypes.ReportingPlugin, value any) (observation ocrtypes.Observation) {
	w.measure(value)
	within(callLimit, func(ctx context.Context) {
		query, err := plugin.Query(ctx, at(1, 1))
		h.result(step+", query", fmt.Sprintf("%d bytes", len(query)), err)
		observation, err = plugin.Observation(ctx, at(1, 1), query)
		h.result(step, string(observation), err)
		h.value(step+", asked", "%s", w.takeAsked())
	})
	return observation
}

func reportWeather(h *host, step string, plugin ocrtypes.ReportingPlugin, observations ...ocrtypes.Observation) (report ocrtypes.Report) {
	var attributed []ocrtypes.AttributedObservation
	for i, one := range observations {
		attributed = append(attributed, ocrtypes.AttributedObservation{Observation: one, Observer: commontypes.OracleID(i)})
	}
	within(callLimit, func(ctx context.Context) {
		should, made, err := plugin.Report(ctx, at(1, 1), nil, attributed)
		h.result(step, fmt.Sprintf("%t %s", should, made), err)
		report = made
	})
	return report
}

func acceptWeather(h *host, w *weather, step string, plugin ocrtypes.ReportingPlugin, report ocrtypes.Report) {
	within(callLimit, func(ctx context.Context) {
		accepted, err := plugin.ShouldAcceptFinalizedReport(ctx, at(1, 1), report)
		h.result(step, accepted, err)
		h.value(step+", asked", "%s", w.takeAsked())
	})
}

func failedWeather(h *host, w *weather, plugin ocrtypes.ReportingPlugin) {
	observe := func(step string) {
		within(callLimit, func(ctx context.Context) {
			observation, err := plugin.Observation(ctx, at(1, 2), nil)
			h.result(step, string(observation), err)
		})
	}
	w.set(nil, errors.New("no runs today"))
	observe("observation while runs fail")
	w.set(core.TaskResults{{ID: "celsius", TaskValue: core.TaskValue{Error: errors.New("no temperature"), IsTerminal: true}}}, nil)
	observe("observation while the task fails")
	w.measure("warm")
	observe("observation of a text")
	w.set(nil, nil)
	observe("observation without a result")
	w.takeAsked()
}

func transmitWeather(h *host, plugin ocrtypes.ReportingPlugin) {
	within(callLimit, func(ctx context.Context) {
		for _, epoch := range []uint32{4, 5, 6} {
			transmit, err := plugin.ShouldTransmitAcceptedReport(ctx, at(epoch, 1), []byte("a report"))
			h.result(fmt.Sprintf("transmit in epoch %d", epoch), transmit, err)
		}
	})
}
