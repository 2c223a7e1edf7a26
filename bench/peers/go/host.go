package main

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"time"

	pb "loopp/bench/peers/go/pb/loopp/v1"

	"github.com/hashicorp/go-hclog"
	"github.com/hashicorp/go-plugin"
)

// runHost starts the plugin, calls it once, says in a line of JSON how long that took and what its pid is, and then answers each line of
// its input, a load, with one line. It ends with its input.
func runHost(command []string) int {
	begin := time.Now()
	client := plugin.NewClient(&plugin.ClientConfig{
		HandshakeConfig:  handshake,
		Plugins:          plugin.PluginSet{"bench": benchPlugin{}},
		Cmd:              exec.Command(command[0], command[1:]...),
		AllowedProtocols: []plugin.Protocol{plugin.ProtocolGRPC},
		Logger:           hclog.NewNullLogger(),
	})
	defer client.Kill()
	bench, err := dispense(client)
	if err == nil {
		err = echo(context.Background(), bench, []byte("first"))
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	startMs := float64(time.Since(begin).Nanoseconds()) / 1e6
	answers := json.NewEncoder(os.Stdout)
	_ = answers.Encode(map[string]any{"pid": client.ReattachConfig().Pid, "startMs": startMs})
	lines := bufio.NewScanner(os.Stdin)
	for lines.Scan() {
		var load load
		if err := json.Unmarshal(lines.Bytes(), &load); err != nil {
			fmt.Fprintln(os.Stderr, err)
			return 1
		}
		measured, err := load.measure(bench)
		if err != nil {
			_ = answers.Encode(map[string]any{"error": err.Error()})
			continue
		}
		_ = answers.Encode(measured)
	}
	return 0
}

func dispense(client *plugin.Client) (pb.BenchClient, error) {
	protocol, err := client.Client()
	if err != nil {
		return nil, err
	}
	raw, err := protocol.Dispense("bench")
	if err != nil {
		return nil, err
	}
	return raw.(pb.BenchClient), nil
}
