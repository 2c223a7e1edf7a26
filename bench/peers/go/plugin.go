package main

import (
	"context"

	pb "loopp/bench/peers/go/pb/loopp/v1"

	"github.com/hashicorp/go-hclog"
	"github.com/hashicorp/go-plugin"
	"google.golang.org/grpc"
)

// handshake is loopp's own, so that each host takes each plugin.
var handshake = plugin.HandshakeConfig{
	ProtocolVersion:  1,
	MagicCookieKey:   "LOOPP_PLUGIN",
	MagicCookieValue: "d2c7a1c6-1d0b-4c2e-9a53-6f0d8f5a7b21",
}

// benchPlugin is the echo as go-plugin has it, for both sides.
type benchPlugin struct {
	plugin.NetRPCUnsupportedPlugin
}

func (benchPlugin) GRPCServer(_ *plugin.GRPCBroker, server *grpc.Server) error {
	pb.RegisterBenchServer(server, echoServer{})
	return nil
}

func (benchPlugin) GRPCClient(_ context.Context, _ *plugin.GRPCBroker, conn *grpc.ClientConn) (any, error) {
	return pb.NewBenchClient(conn), nil
}

type echoServer struct {
	pb.UnimplementedBenchServer
}

func (echoServer) Echo(_ context.Context, request *pb.EchoRequest) (*pb.EchoResponse, error) {
	return &pb.EchoResponse{Number: request.Number, Data: request.Data}, nil
}

func (echoServer) Stream(request *pb.StreamRequest, stream grpc.ServerStreamingServer[pb.EchoResponse]) error {
	for number := range request.Count {
		if err := stream.Send(&pb.EchoResponse{Number: number, Data: request.Data}); err != nil {
			return err
		}
	}
	return nil
}

func servePlugin() {
	plugin.Serve(&plugin.ServeConfig{
		HandshakeConfig: handshake,
		Plugins:         plugin.PluginSet{"bench": benchPlugin{}},
		GRPCServer:      newServer,
		Logger:          hclog.NewNullLogger(),
	})
}

// maxMessageBytes is loopp's own limit; grpc-go's is 4 MiB.
const maxMessageBytes = 64 << 20

func newServer(options []grpc.ServerOption) *grpc.Server {
	return grpc.NewServer(append(options, grpc.MaxRecvMsgSize(maxMessageBytes))...)
}
