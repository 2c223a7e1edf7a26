// Runs h2spec, all of it and strict: `h2spec PORT` against the server at a port of this machine, `h2spec` against the clients that connect
// to the port that it prints, one for each test.
package main

import (
	"fmt"
	"net"
	"os"
	"sort"
	"strconv"
	"time"

	"github.com/summerwind/h2spec"
	"github.com/summerwind/h2spec/client"
	"github.com/summerwind/h2spec/config"
	"github.com/summerwind/h2spec/spec"
)

func main() {
	settings := &config.Config{
		Host:         "127.0.0.1",
		Path:         "/",
		Timeout:      10 * time.Second,
		MaxHeaderLen: 4000,
		Strict:       true,
	}
	var sound bool
	var err error
	if len(os.Args) > 1 {
		if settings.Port, err = strconv.Atoi(os.Args[1]); err == nil {
			sound, err = h2spec.Run(settings)
		}
	} else {
		sound, err = runClients(settings)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
	}
	if !sound || err != nil {
		os.Exit(1)
	}
}

func runClients(settings *config.Config) (bool, error) {
	cases := map[int]*spec.ClientTestCase{}
	client.Spec().ClientTestCases(cases, settings, 1)
	order := []int{}
	for number := range cases {
		order = append(order, number)
	}
	sort.Ints(order)

	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return false, err
	}
	fmt.Println(listener.Addr().(*net.TCPAddr).Port)
	failed := 0
	for _, number := range order {
		test := cases[number]
		wire, err := listener.Accept()
		if err != nil {
			return false, err
		}
		conn, err := spec.Accept(settings, wire)
		if err == nil {
			err = test.Run(settings, conn)
		}
		if err != nil {
			failed++
			fmt.Printf("%s %s: %v\n", test.Parent.Title(), test.Desc, err)
		}
		wire.Close()
	}
	fmt.Printf("%d tests, %d passed, 0 skipped, %d failed\n", len(order), len(order)-failed, failed)
	return failed == 0, nil
}
