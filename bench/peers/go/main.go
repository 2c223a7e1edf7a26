// The echo as a go-plugin plugin, and a go-plugin host that measures one:
//
//	bench-go                        the plugin, started by a host
//	bench-go host COMMAND [ARG ...] the host of the plugin that the command starts
package main

import "os"

func main() {
	if len(os.Args) > 2 && os.Args[1] == "host" {
		os.Exit(runHost(os.Args[2:]))
	}
	servePlugin()
}
