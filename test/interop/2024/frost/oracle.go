package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	ocrtypes "github.com/smartcontractkit/libocr/offchainreporting2plus/types"

	"github.com/smartcontractkit/chainlink-common/pkg/types"
	"github.com/smartcontractkit/chainlink-common/pkg/types/core"
)

// lastReport is the key under which the host keeps what was reported last, also for the plugin's next instance.
const lastReport = "last report"

type factory struct {
	service
	oracle oracle
}

func (f factory) NewReportingPlugin(_ context.Context, oracleConfig ocrtypes.ReportingPluginConfig) (ocrtypes.ReportingPlugin, ocrtypes.ReportingPluginInfo, error) {
	o := f.oracle
	o.faulty = oracleConfig.F
	limits := ocrtypes.ReportingPluginLimits{MaxQueryLength: 0, MaxObservationLength: 100, MaxReportLength: 100}
	return o, ocrtypes.ReportingPluginInfo{Name: "frost", Limits: limits}, nil
}

// oracle reports when the temperature falls below a limit, and when it has risen again.
type oracle struct {
	config   config
	faulty   int
	provider types.PluginProvider
	runner   core.PipelineRunnerService
	store    core.KeyValueStore
}

type report struct {
	Frost   *bool    `json:"frost"`
	Celsius *float64 `json:"celsius"`
}

type observation struct {
	Celsius  *float64 `json:"celsius"`
	Reported *bool    `json:"reported,omitempty"`
}

func (o oracle) Query(context.Context, ocrtypes.ReportTimestamp) (ocrtypes.Query, error) {
	return nil, nil
}

func (o oracle) Observation(ctx context.Context, _ ocrtypes.ReportTimestamp, _ ocrtypes.Query) (ocrtypes.Observation, error) {
	celsius, err := o.measure(ctx)
	if err != nil {
		return nil, fmt.Errorf("cannot measure the temperature: %w", err)
	}
	last, err := o.store.Get(ctx, lastReport)
	var reported report
	switch {
	case isMissing(err):
	case err != nil:
		return nil, err
	default:
		if err := json.Unmarshal(last, &reported); err != nil {
			return nil, err
		}
	}
	return json.Marshal(observation{&celsius, reported.Frost})
}

func (o oracle) measure(ctx context.Context) (float64, error) {
	results, err := o.runner.ExecuteRun(ctx, o.config.Pipelines[0].Spec, core.Vars{Vars: map[string]any{}}, core.Options{})
	if err != nil {
		return 0, err
	}
	for _, result := range results {
		if !result.IsTerminal {
			continue
		}
		if result.Error != nil {
			return 0, result.Error
		}
		return strconv.ParseFloat(fmt.Sprint(result.Value.Val), 64)
	}
	return 0, errors.New("the pipeline has no result")
}

// isMissing tells that no value is stored, which hosts can only say with an error: Chainlink's with its database's.
func isMissing(err error) bool {
	return err != nil && (status.Code(err) == codes.NotFound || strings.Contains(err.Error(), "no rows in result set"))
}

// Report has the median temperature, unless most oracles know already on which side of the limit it is.
func (o oracle) Report(_ context.Context, _ ocrtypes.ReportTimestamp, _ ocrtypes.Query, attributed []ocrtypes.AttributedObservation) (bool, ocrtypes.Report, error) {
	var readings []observation
	for _, one := range attributed {
		var reading observation
		if json.Unmarshal(one.Observation, &reading) == nil && reading.Celsius != nil {
			readings = append(readings, reading)
		}
	}
	if len(readings) <= 2*o.faulty {
		return false, nil, nil
	}
	slices.SortFunc(readings, func(a, b observation) int {
		switch {
		case *a.Celsius < *b.Celsius:
			return -1
		case *a.Celsius > *b.Celsius:
			return 1
		default:
			return 0
		}
	})
	celsius := readings[len(readings)/2].Celsius
	frost := *celsius < *o.config.FrostBelow
	informed := 0
	for _, reading := range readings {
		if reading.Reported != nil && *reading.Reported == frost {
			informed++
		}
	}
	if informed*2 > len(readings) {
		return false, nil, nil
	}
	encoded, err := json.Marshal(report{&frost, celsius})
	return err == nil, encoded, err
}

func (o oracle) ShouldAcceptFinalizedReport(ctx context.Context, _ ocrtypes.ReportTimestamp, report ocrtypes.Report) (bool, error) {
	err := o.store.Store(ctx, lastReport, report)
	return err == nil, err
}

// ShouldTransmitAcceptedReport says no once the contract has a report of a later epoch.
func (o oracle) ShouldTransmitAcceptedReport(ctx context.Context, timestamp ocrtypes.ReportTimestamp, _ ocrtypes.Report) (bool, error) {
	digest, epoch, err := o.provider.ContractTransmitter().LatestConfigDigestAndEpoch(ctx)
	return err == nil && !(digest == timestamp.ConfigDigest && epoch > timestamp.Epoch), err
}

func (o oracle) Close() error { return nil }
