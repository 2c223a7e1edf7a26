package main

import (
	"context"
	"errors"
	"fmt"
	"math/big"
	"time"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"

	"github.com/smartcontractkit/libocr/commontypes"
	"github.com/smartcontractkit/libocr/offchainreporting2/reportingplugin/median"
	ocrtypes "github.com/smartcontractkit/libocr/offchainreporting2plus/types"
)

func observe(h *host, step string, plugin ocrtypes.ReportingPlugin) {
	observeWithin(h, step, plugin, callLimit)
}

func observeWithin(h *host, step string, plugin ocrtypes.ReportingPlugin, limit time.Duration) {
	within(limit, func(ctx context.Context) {
		encoded, err := plugin.Observation(ctx, at(1, 1), nil)
		if err != nil {
			h.failure(step, err)
			return
		}
		var observation median.NumericalMedianObservationProto
		if err := proto.Unmarshal(encoded, &observation); err != nil {
			h.value(step, "is no observation: %x", []byte(encoded))
			return
		}
		when := "another time"
		if age := time.Now().Unix() - int64(observation.Timestamp); age >= 0 && age < 60 {
			when = "now"
		}
		h.value(step, "%s, %d bytes, value %x, juels %x, gas %x", when, len(encoded),
			observation.Value, observation.JuelsPerFeeCoin, observation.GasPriceSubunits)
	})
}

func observations(h *host, f *feed, plugin ocrtypes.ReportingPlugin) {
	within(callLimit, func(ctx context.Context) {
		query, err := plugin.Query(ctx, at(1, 1))
		h.result("query", fmt.Sprintf("%d bytes", len(query)), err)
		_, err = plugin.Observation(ctx, at(1, 1), ocrtypes.Query{1})
		h.done("observation for a query with a byte", err)
	})
	observe(h, "observation", plugin)

	with := func(step string, change func(*answers)) {
		f.set(change)
		observe(h, "observation, "+step, plugin)
		f.set(func(a *answers) {
			fresh := firstAnswers()
			a.value, a.juelsPerFeeCoin, a.gasPriceSubunits = fresh.value, fresh.juelsPerFeeCoin, fresh.gasPriceSubunits
		})
	}
	largest := new(big.Int).Sub(new(big.Int).Lsh(big.NewInt(1), 191), big.NewInt(1))
	smallest := new(big.Int).Neg(new(big.Int).Lsh(big.NewInt(1), 191))
	number := func(value *big.Int) source {
		return func(context.Context) (*big.Int, error) { return value, nil }
	}
	with("zeroes", func(a *answers) { a.value, a.juelsPerFeeCoin, a.gasPriceSubunits = always(0), always(0), always(0) })
	with("negative", func(a *answers) { a.value = always(-5) })
	with("largest", func(a *answers) { a.value = number(largest) })
	with("smallest", func(a *answers) { a.value = number(smallest) })
	with("too large", func(a *answers) { a.value = number(new(big.Int).Add(largest, big.NewInt(1))) })
	with("too small", func(a *answers) { a.value = number(new(big.Int).Sub(smallest, big.NewInt(1))) })
	with("no number", func(a *answers) { a.value = number(nil) })
	with("value fails", func(a *answers) { a.value = failing(errors.New("no price")) })
	with("juels fails", func(a *answers) { a.juelsPerFeeCoin = failing(errors.New("no juels")) })
	with("gas price fails", func(a *answers) { a.gasPriceSubunits = failing(errors.New("no gas price")) })
	with("value fails with a code", func(a *answers) { a.value = failing(status.Error(codes.NotFound, "no such price")) })
	with("value fails as a dead connection does", func(a *answers) { a.value = failing(status.Error(codes.Unavailable, "no price now")) })

	f.set(func(a *answers) { a.juelsPerFeeCoin = hanging })
	observeWithin(h, "observation, juels hang", plugin, 500*time.Millisecond)
	f.set(func(a *answers) { a.juelsPerFeeCoin = always(1_234) })
	observe(h, "observation after all that", plugin)
}

// observed is what an oracle has contributed, written as on the wire.
func observed(observer uint8, value int64) ocrtypes.AttributedObservation {
	encode := func(number int64) []byte {
		encoded, err := median.EncodeValue(big.NewInt(number))
		if err != nil {
			panic(err)
		}
		return encoded
	}
	message := median.NumericalMedianObservationProto{
		Timestamp:        1_700_000_000 + uint32(observer),
		Value:            encode(value),
		JuelsPerFeeCoin:  encode(1_000 + int64(observer)),
		GasPriceSubunits: encode(10 * int64(observer)),
	}
	encoded, err := proto.Marshal(&message)
	if err != nil {
		panic(err)
	}
	return raw(observer, encoded)
}

func raw(observer uint8, observation []byte) ocrtypes.AttributedObservation {
	return ocrtypes.AttributedObservation{Observation: observation, Observer: commontypes.OracleID(observer)}
}

// four observations whose middle is 101 000.
func four() []ocrtypes.AttributedObservation {
	return []ocrtypes.AttributedObservation{
		observed(2, 102_000), observed(0, 100_000), observed(3, 98_000), observed(1, 101_000),
	}
}

func shortValue() []byte {
	encoded, err := proto.Marshal(&median.NumericalMedianObservationProto{
		Timestamp: 1, Value: make([]byte, 23), JuelsPerFeeCoin: make([]byte, 24), GasPriceSubunits: make([]byte, 24),
	})
	if err != nil {
		panic(err)
	}
	return encoded
}

func withoutGas(value byte) []byte {
	number := make([]byte, 24)
	number[23] = value
	encoded, err := proto.Marshal(&median.NumericalMedianObservationProto{
		Timestamp: 1_700_000_000 + uint32(value), Value: number, JuelsPerFeeCoin: make([]byte, 24),
	})
	if err != nil {
		panic(err)
	}
	return encoded
}

func many(count int) (observations []ocrtypes.AttributedObservation) {
	for observer := range count {
		observations = append(observations, observed(uint8(observer), int64(1_000+observer)))
	}
	return observations
}
