package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"

	pb "loopp/bench/peers/go/pb/loopp/v1"

	"github.com/hashicorp/go-hclog"
	"github.com/hashicorp/go-plugin"
)

// runHost starts the plugin, says so with its pid in a line of JSON, and then answers each line of its input, a load, with one line.
// It ends with its input.
func runHost(command []string) int {
	client := plugin.NewClient(&plugin.ClientConfig{
		HandshakeConfig:  handshake,
		Plugins:          plugin.PluginSet{"bench": benchPlugin{}},
		Cmd:              exec.Command(command[0], command[1:]...),
		AllowedProtocols: []plugin.Protocol{plugin.ProtocolGRPC},
		Logger:           hclog.NewNullLogger(),
	})
	defer client.Kill()
	echo, err := dispense(client)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	answers := json.NewEncoder(os.Stdout)
	_ = answers.Encode(map[string]any{"pid": client.ReattachConfig().Pid})
	lines := bufio.NewScanner(os.Stdin)
	for lines.Scan() {
		var load load
		if err := json.Unmarshal(lines.Bytes(), &load); err != nil {
			fmt.Fprintln(os.Stderr, err)
			return 1
		}
		measured, err := load.measure(echo)
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
