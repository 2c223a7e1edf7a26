package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"sort"
	"strings"
	"sync"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
)

// transcript writes one line for each step, so that the lines of two plugins can be compared: `step: value`, or
// `step: error <code>`. The texts of errors are each plugin's own and stand there only when they are asked for.
type transcript struct {
	mu    sync.Mutex
	out   io.Writer
	texts bool
}

func (t *transcript) value(step string, format string, args ...any) {
	t.mu.Lock()
	defer t.mu.Unlock()
	fmt.Fprintf(t.out, "%s: %s\n", step, fmt.Sprintf(format, args...))
}

func (t *transcript) failure(step string, err error) {
	if t.texts {
		t.value(step, "error %s %q", codeOf(err), err.Error())
	} else {
		t.value(step, "error %s", codeOf(err))
	}
}

// done is for calls that answer nothing.
func (t *transcript) done(step string, err error) {
	t.result(step, "ok", err)
}

func (t *transcript) result(step string, value any, err error) {
	if err != nil {
		t.failure(step, err)
	} else {
		t.value(step, "%v", value)
	}
}

// refused is for what pkg/loop asks for again and again until the caller's time is over: with which of the errors, the last
// answer's or that of the time, is chance.
func (t *transcript) refused(step string, err error) {
	switch {
	case err == nil:
		t.value(step, "not refused")
	case t.texts:
		t.value(step, "refused %q", err.Error())
	default:
		t.value(step, "refused")
	}
}

// health writes a report's components in the order of their names, each with whether it is well.
func (t *transcript) health(step string, report map[string]error) {
	var parts []string
	for name, err := range report {
		switch {
		case err == nil:
			parts = append(parts, name+" ok")
		case t.texts:
			parts = append(parts, fmt.Sprintf("%s error %q", name, err.Error()))
		default:
			parts = append(parts, name+" error")
		}
	}
	sort.Strings(parts)
	t.value(step, "%s", strings.Join(parts, ", "))
}

// codeOf gives an error its gRPC code, also when the context of the call has ended it before any answer came.
func codeOf(err error) codes.Code {
	switch {
	case errors.Is(err, context.DeadlineExceeded):
		return codes.DeadlineExceeded
	case errors.Is(err, context.Canceled):
		return codes.Canceled
	default:
		return status.Code(err)
	}
}
