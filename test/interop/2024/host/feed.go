package main

import (
	"context"
	"errors"
	"fmt"
	"math/big"
	"strings"
	"sync"
	"time"

	"github.com/smartcontractkit/libocr/offchainreporting2/reportingplugin/median"
	ocrtypes "github.com/smartcontractkit/libocr/offchainreporting2plus/types"

	"github.com/smartcontractkit/chainlink-common/pkg/types"
)

// feed is everything that the host serves to a median plugin, and how it answers at the moment. It is a median provider that
// knows no chain: its contract says what the scenario has written there.
type feed struct {
	mu      sync.Mutex
	answers answers
}

type answers struct {
	value, juelsPerFeeCoin, gasPriceSubunits source

	latest    transmission
	requested request
	// What BuildReport, MedianFromReport and MaxReportLength fail with.
	buildError, medianError, lengthError error
	maxReportLength                      int
	errors                               []string
}

type source func(ctx context.Context) (*big.Int, error)

type transmission struct {
	digest    ocrtypes.ConfigDigest
	epoch     uint32
	round     uint8
	answer    *big.Int
	timestamp time.Time
	err       error
}

type request struct {
	digest   ocrtypes.ConfigDigest
	epoch    uint32
	round    uint8
	lookback time.Duration
	err      error
}

var digest = ocrtypes.ConfigDigest{1: 1, 5: 42, 31: 7}

func newFeed() *feed {
	return &feed{answers: firstAnswers()}
}

func firstAnswers() answers {
	return answers{
		value:            always(100_000),
		juelsPerFeeCoin:  always(1_234),
		gasPriceSubunits: always(777),
		latest:           transmission{digest: digest, answer: big.NewInt(0), timestamp: time.Now()},
		maxReportLength:  1_000,
	}
}

// set changes how the feed answers from now on.
func (f *feed) set(change func(*answers)) {
	f.mu.Lock()
	defer f.mu.Unlock()
	change(&f.answers)
}

// now is how the feed answers at the moment.
func (f *feed) now() answers {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.answers
}

func (f *feed) reset() {
	f.set(func(a *answers) { *a = firstAnswers() })
}

func (f *feed) takeErrors() []string {
	var taken []string
	f.set(func(a *answers) { taken, a.errors = a.errors, nil })
	return taken
}

func always(value int64) source {
	return func(context.Context) (*big.Int, error) { return big.NewInt(value), nil }
}

func failing(err error) source {
	return func(context.Context) (*big.Int, error) { return nil, err }
}

// hanging answers when nobody waits any more.
func hanging(ctx context.Context) (*big.Int, error) {
	<-ctx.Done()
	return nil, ctx.Err()
}

// dataSource is one of a feed's three, as it is at the moment of the call.
type dataSource struct {
	feed *feed
	pick func(answers) source
}

func (d dataSource) Observe(ctx context.Context, _ ocrtypes.ReportTimestamp) (*big.Int, error) {
	return d.pick(d.feed.now())(ctx)
}

func (f *feed) sources() (value, juelsPerFeeCoin, gasPriceSubunits median.DataSource) {
	return dataSource{f, func(a answers) source { return a.value }},
		dataSource{f, func(a answers) source { return a.juelsPerFeeCoin }},
		dataSource{f, func(a answers) source { return a.gasPriceSubunits }}
}

func (f *feed) SaveError(_ context.Context, message string) error {
	f.set(func(a *answers) { a.errors = append(a.errors, message) })
	return nil
}

func (f *feed) Name() string                   { return "Feed" }
func (f *feed) Start(context.Context) error    { return nil }
func (f *feed) Close() error                   { return nil }
func (f *feed) Ready() error                   { return nil }
func (f *feed) HealthReport() map[string]error { return map[string]error{f.Name(): nil} }

// A median plugin asks for none of these.
func (f *feed) OffchainConfigDigester() ocrtypes.OffchainConfigDigester { return nil }
func (f *feed) ContractConfigTracker() ocrtypes.ContractConfigTracker   { return nil }
func (f *feed) ContractTransmitter() ocrtypes.ContractTransmitter       { return nil }
func (f *feed) ContractReader() types.ContractReader                    { return nil }
func (f *feed) Codec() types.Codec                                      { return nil }

func (f *feed) ReportCodec() median.ReportCodec       { return f }
func (f *feed) MedianContract() median.MedianContract { return f }
func (f *feed) OnchainConfigCodec() median.OnchainConfigCodec {
	return median.StandardOnchainConfigCodec{}
}

// BuildReport makes a text of what it is given, in the order in which it is given, so that the transcript shows it.
func (f *feed) BuildReport(_ context.Context, observations []median.ParsedAttributedObservation) (ocrtypes.Report, error) {
	if err := f.now().buildError; err != nil {
		return nil, err
	}
	var parts []string
	for _, o := range observations {
		parts = append(parts, fmt.Sprintf("%d@%d=%v/%v/%v", o.Observer, o.Timestamp, o.Value, o.JuelsPerFeeCoin, o.GasPriceSubunits))
	}
	return ocrtypes.Report(strings.Join(parts, " ")), nil
}

// MedianFromReport reads the value of the observation in the middle.
func (f *feed) MedianFromReport(_ context.Context, report ocrtypes.Report) (*big.Int, error) {
	if err := f.now().medianError; err != nil {
		return nil, err
	}
	parts := strings.Split(string(report), " ")
	_, numbers, _ := strings.Cut(parts[len(parts)/2], "=")
	value, ok := new(big.Int).SetString(strings.Split(numbers, "/")[0], 10)
	if !ok {
		return nil, errors.New("this is no report")
	}
	return value, nil
}

func (f *feed) MaxReportLength(context.Context, int) (int, error) {
	now := f.now()
	return now.maxReportLength, now.lengthError
}

func (f *feed) LatestTransmissionDetails(context.Context) (ocrtypes.ConfigDigest, uint32, uint8, *big.Int, time.Time, error) {
	latest := f.now().latest
	return latest.digest, latest.epoch, latest.round, latest.answer, latest.timestamp, latest.err
}

func (f *feed) LatestRoundRequested(_ context.Context, lookback time.Duration) (ocrtypes.ConfigDigest, uint32, uint8, error) {
	f.set(func(a *answers) { a.requested.lookback = lookback })
	requested := f.now().requested
	return requested.digest, requested.epoch, requested.round, requested.err
}
