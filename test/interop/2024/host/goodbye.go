package main

import (
	"context"
	"syscall"

	"github.com/hashicorp/go-plugin"
	"google.golang.org/grpc"

	"github.com/smartcontractkit/chainlink-common/pkg/loop"
)

// goodbyeScenario is about how the instances of a median plugin end, and about what does not end them.
func goodbyeScenario(h *host) {
	client, protocol := launch(h, &loop.GRPCPluginMedian{BrokerConfig: broker(h)})
	h.done("ping", protocol.Ping())
	h.done("interrupt", h.launcher.signal(syscall.SIGINT))
	h.done("ping after an interrupt", protocol.Ping())
	other := openConnection(client)
	h.done("ping over another connection", ask(other))
	h.done("close the other connection", other.Close())
	h.done("ping after that", protocol.Ping())
	ended(h, client)

	kind := &remembering{GRPCPluginMedian: &loop.GRPCPluginMedian{BrokerConfig: broker(h)}}
	client, protocol = launch(h, kind)
	_, err := protocol.Dispense(loop.PluginMedianName)
	h.done("dispense", err)
	h.done("close the connection without a word", kind.connection.Close())
	other = openConnection(client)
	h.done("ping over another connection", ask(other))
	_ = other.Close()
	h.launcher.kill()
	client.Kill()

	client, protocol = launch(h, &loop.GRPCPluginMedian{BrokerConfig: broker(h)})
	h.done("ping", protocol.Ping())
	h.done("terminate", h.launcher.signal(syscall.SIGTERM))
	awaitEnd(h.launcher.pid())
	client.Kill()
	h.value("instances", "%d", h.launcher.count())
}

// ended ends an instance as a host does that wants it to end in peace.
func ended(h *host, client *plugin.Client) {
	pid := h.launcher.pid()
	client.Kill()
	awaitEnd(pid)
	h.value("exit status", "%s", h.launcher.instances[h.launcher.count()-1].ProcessState)
}

// remembering keeps the main connection, which go-plugin would not let go of.
type remembering struct {
	*loop.GRPCPluginMedian
	connection *grpc.ClientConn
}

func (r *remembering) GRPCClient(ctx context.Context, broker *plugin.GRPCBroker, connection *grpc.ClientConn) (any, error) {
	r.connection = connection
	return r.GRPCPluginMedian.GRPCClient(ctx, broker, connection)
}

func (r *remembering) ClientConfig() *plugin.ClientConfig {
	config := r.GRPCPluginMedian.ClientConfig()
	config.Plugins = map[string]plugin.Plugin{loop.PluginMedianName: r}
	return config
}
