//go:build tools

// Package conformance pins the suite that the tests here run.
package conformance

import _ "connectrpc.com/conformance/cmd/connectconformance"
