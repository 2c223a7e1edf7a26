package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"sync"
	"sync/atomic"
	"time"

	pb "loopp/bench/peers/go/pb/loopp/v1"
)

// callTimeout is the deadline of every call, as contender.ts has it.
const callTimeout = 30 * time.Second

// load is what bench/loads.ts calls one: how many calls of what size at a time, or streams of so many messages.
type load struct {
	Bytes    int   `json:"bytes"`
	InFlight int   `json:"inFlight"`
	Messages int32 `json:"messages"`
	WindowMs int   `json:"windowMs"`
}

// sample is what came of one window.
type sample struct {
	Done      int64   `json:"done"`
	ElapsedMs float64 `json:"elapsedMs"`
	// Of single calls, where one goes at a time.
	LatenciesUs []float64 `json:"latenciesUs"`
}

// keptLatencies is how many of a window are told at most.
const keptLatencies = 20_000

func (l load) measure(client pb.BenchClient) (sample, error) {
	// All calls share what may cancel them, and each has a deadline of its own.
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	data := make([]byte, l.Bytes)
	for index := range data {
		data[index] = byte(index*151 + index>>8)
	}
	begin := time.Now()
	end := begin.Add(time.Duration(l.WindowMs) * time.Millisecond)
	var done atomic.Int64
	var latencies []float64
	one := func() error { return echo(ctx, client, data) }
	if l.Messages > 0 {
		one = func() error { return stream(ctx, client, data, l.Messages) }
	}
	var failed error
	var once sync.Once
	var group sync.WaitGroup
	for range l.InFlight {
		group.Go(func() {
			for before := time.Now(); before.Before(end); {
				if err := one(); err != nil {
					once.Do(func() { failed = err })
					cancel()
					return
				}
				now := time.Now()
				done.Add(1)
				if l.InFlight == 1 && l.Messages == 0 && len(latencies) < keptLatencies {
					latencies = append(latencies, float64(now.Sub(before).Nanoseconds())/1000)
				}
				before = now
			}
		})
	}
	group.Wait()
	elapsed := time.Since(begin)
	count := done.Load()
	if l.Messages > 0 {
		count *= int64(l.Messages)
	}
	return sample{count, float64(elapsed.Nanoseconds()) / 1e6, latencies}, failed
}

func echo(ctx context.Context, client pb.BenchClient, data []byte) error {
	ctx, cancel := context.WithTimeout(ctx, callTimeout)
	defer cancel()
	response, err := client.Echo(ctx, &pb.EchoRequest{Number: int32(len(data)), Data: data})
	if err != nil {
		return err
	}
	return check(response, data)
}

func stream(ctx context.Context, client pb.BenchClient, data []byte, count int32) error {
	ctx, cancel := context.WithTimeout(ctx, callTimeout)
	defer cancel()
	responses, err := client.Stream(ctx, &pb.StreamRequest{Count: count, Data: data})
	if err != nil {
		return err
	}
	for received := int32(0); ; received++ {
		response, err := responses.Recv()
		if errors.Is(err, io.EOF) && received == count {
			return nil
		}
		if err != nil {
			return fmt.Errorf("a stream ended after %d of %d messages: %w", received, count, err)
		}
		if err := check(response, data); err != nil {
			return err
		}
	}
}

func check(response *pb.EchoResponse, data []byte) error {
	last := len(data) - 1
	if len(response.Data) != len(data) || (last >= 0 && response.Data[last] != data[last]) {
		return fmt.Errorf("an answer of %d bytes is not the echo of %d bytes", len(response.Data), len(data))
	}
	return nil
}
