// The product of examples/frost, written in Go on pkg/loop as a product of Chainlink's own is: the same rounds under the same host
// show that theirs and ours are one kind of plugin. One source serves both versions of pkg/loop.
package main

import (
	"context"
	"fmt"
	"os"

	"github.com/hashicorp/go-plugin"

	"github.com/smartcontractkit/chainlink-common/pkg/loop"
	"github.com/smartcontractkit/chainlink-common/pkg/loop/reportingplugins"
	"github.com/smartcontractkit/chainlink-common/pkg/types"
	"github.com/smartcontractkit/chainlink-common/pkg/types/core"
)

func main() {
	server, err := loop.NewStartedServer("frost")
	if err != nil {
		fmt.Fprintf(os.Stderr, "Failed to start server: %s\n", err)
		os.Exit(1)
	}
	defer server.Stop()
	stop := make(chan struct{})
	defer close(stop)

	plugin.Serve(&plugin.ServeConfig{
		HandshakeConfig: reportingplugins.ReportingPluginHandshakeConfig(),
		Plugins: map[string]plugin.Plugin{
			reportingplugins.PluginServiceName: &reportingplugins.GRPCService[types.PluginProvider]{
				PluginServer: product{service: service{"frost"}},
				BrokerConfig: loop.BrokerConfig{StopCh: stop, Logger: server.Logger, GRPCOpts: server.GRPCOpts},
			},
		},
		GRPCServer: server.GRPCOpts.NewServer,
	})
}

// product is what a host asks for factories.
type product struct {
	service
	reportingplugins.PluginProviderServer
}

func (product) NewReportingPluginFactory(_ context.Context, job core.ReportingPluginServiceConfig, provider types.PluginProvider,
	runner core.PipelineRunnerService, _ core.TelemetryClient, _ core.ErrorLog, store core.KeyValueStore, _ core.RelayerSet,
) (types.ReportingPluginFactory, error) {
	config, err := readConfig([]byte(job.PluginConfig))
	if err != nil {
		return nil, err
	}
	return factory{service{"frost.ReportingPluginFactory"}, oracle{config: config, provider: provider, runner: runner, store: store}}, nil
}

func (product) NewValidationService(context.Context) (core.ValidationService, error) {
	return validation{service{"frost.ValidationService"}}, nil
}

// service is one that is ready as soon as it is there.
type service struct{ name string }

func (s service) Name() string                   { return s.name }
func (s service) Start(context.Context) error    { return nil }
func (s service) Close() error                   { return nil }
func (s service) Ready() error                   { return nil }
func (s service) HealthReport() map[string]error { return map[string]error{s.name: nil} }
