package main

import (
	"context"
	"fmt"
	"os"

	"github.com/hashicorp/go-plugin"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/health/grpc_health_v1"

	"github.com/smartcontractkit/chainlink-common/pkg/loop"
)

// configured is what pkg/loop's plugins have in common here.
type configured interface {
	plugin.GRPCPlugin
	ClientConfig() *plugin.ClientConfig
}

// launch starts the plugin without pkg/loop's keeping of it: one instance, which ends when it is told to. What the plugin sends as
// its standard output and error goes to this program's standard error.
func launch(h *host, kind configured) (*plugin.Client, plugin.ClientProtocol) {
	config := kind.ClientConfig()
	config.Cmd = h.launcher.next()
	config.SkipHostEnv = true
	config.SyncStdout, config.SyncStderr = os.Stderr, os.Stderr
	client := plugin.NewClient(config)
	protocol, err := client.Client()
	h.done("launch", err)
	if err != nil {
		client.Kill()
		panic(err)
	}
	return client, protocol
}

func broker(h *host) loop.BrokerConfig {
	return loop.BrokerConfig{StopCh: make(chan struct{}), Logger: h.lggr, GRPCOpts: loop.GRPCOpts{}}
}

// openConnection is one more to the plugin's main socket, with nothing of go-plugin on it.
func openConnection(client *plugin.Client) *grpc.ClientConn {
	address := client.ReattachConfig().Addr
	connection, err := grpc.NewClient(fmt.Sprintf("%s:%s", address.Network(), address), grpc.WithTransportCredentials(insecure.NewCredentials()))
	if err != nil {
		panic(err)
	}
	return connection
}

// ask asks for the plugin's health, as a host's ping does.
func ask(connection *grpc.ClientConn) (err error) {
	within(callLimit, func(ctx context.Context) {
		request := &grpc_health_v1.HealthCheckRequest{Service: plugin.GRPCServiceName}
		_, err = grpc_health_v1.NewHealthClient(connection).Check(ctx, request)
	})
	return err
}
