// A host as Chainlink's node is one: pkg/loop launches a plugin and calls it. What it sees goes to standard output, a line
// for each step, to be held against what another plugin, or another version of pkg/loop, shows.
//
//	host [options] <scenario> <command> [args...]
//
// One source serves both versions of pkg/loop: the files in 2026/host are links to those in 2024/host, but for version.go, which
// holds what the versions do not have in common.
package main

import (
	"flag"
	"fmt"
	"maps"
	"os"
	"sort"
	"strings"

	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"

	"github.com/smartcontractkit/chainlink-common/pkg/logger"
)

// host is what a scenario works with.
type host struct {
	*transcript
	*launcher
	lggr logger.Logger
	// By the signer, over the first report in its context.
	signature string
}

var scenarios = map[string]func(*host){
	"median":     medianScenario,
	"relayer":    relayerScenario,
	"relayers":   relayersScenario,
	"goodbye":    goodbyeScenario,
	"product":    productScenario,
	"serving":    servingScenario,
	"twice":      twiceScenario,
	"full-round": fullRoundScenario,
	"measured":   measuredScenario,
}

func main() {
	maps.Copy(scenarios, ownScenarios)
	texts := flag.Bool("texts", false, "write the texts of errors, too")
	logs := flag.Bool("logs", false, "write the host's log, with what the plugin logs, to standard error as JSON")
	signature := flag.String("signature", "", "the signer's signature of the report that a relayer is to transmit, in hexadecimal")
	bare := flag.Bool("bare", false, "give the plugin nothing of the environment of LOOPPs")
	var env list
	flag.Var(&env, "env", "NAME=VALUE for the plugin's environment; may be given several times")
	flag.Usage = func() {
		names := make([]string, 0, len(scenarios))
		for name := range scenarios {
			names = append(names, name)
		}
		sort.Strings(names)
		fmt.Fprintf(os.Stderr, "Usage: host [options] <%s> <command> [args...]\n", strings.Join(names, "|"))
		flag.PrintDefaults()
	}
	flag.Parse()
	scenario, known := scenarios[flag.Arg(0)]
	if !known || flag.NArg() < 2 {
		flag.Usage()
		os.Exit(2)
	}

	h := &host{
		transcript: &transcript{out: os.Stdout, texts: *texts},
		launcher:   &launcher{command: flag.Args()[1:]},
		lggr:       logger.Nop(),
		signature:  *signature,
	}
	if !*bare {
		h.launcher.env = loopEnvironment()
	}
	h.launcher.env = append(h.launcher.env, env...)
	if *logs {
		h.lggr = jsonLogger()
	}
	scenario(h)
}

func jsonLogger() logger.Logger {
	lggr, err := logger.NewWith(func(config *zap.Config) {
		config.Level.SetLevel(zapcore.DebugLevel)
		config.Sampling = nil
	})
	if err != nil {
		panic(err)
	}
	return lggr
}

type list []string

func (l *list) String() string { return strings.Join(*l, " ") }

func (l *list) Set(value string) error {
	*l = append(*l, value)
	return nil
}
