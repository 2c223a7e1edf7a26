package main

import (
	"context"
	"encoding/hex"
	"fmt"
	"math/big"
	"strconv"
	"strings"
	"time"

	"github.com/smartcontractkit/libocr/offchainreporting2/reportingplugin/median"
	ocrtypes "github.com/smartcontractkit/libocr/offchainreporting2plus/types"

	"github.com/smartcontractkit/chainlink-common/pkg/loop"
	"github.com/smartcontractkit/chainlink-common/pkg/types"
)

// refusedLimit is for what pkg/loop tries again and again until the caller's time is over.
const refusedLimit = 700 * time.Millisecond

// relayerScenario takes the simulated relayer through all that a node asks of a relayer.
func relayerScenario(h *host) {
	directory, remove := temporary()
	defer remove()
	config := chainConfig("1337", directory)
	service := newRelayerService(h, config)
	h.done("start", service.Start(context.Background()))
	h.value("name", "%s", service.Name())

	chain(h, service, config)
	unsupported(h, service)
	configProviders(h, service)
	refusedProviders(h, service)
	provider := medianProvider(h, service)
	transmissions(h, provider)
	within(callLimit, func(ctx context.Context) {
		details(h, "transmission details", ctx, provider)
	})
	h.done("ready", service.Ready())
	h.health("health", service.HealthReport())
	h.done("provider ready", provider.Ready())
	h.health("provider health", provider.HealthReport())

	h.launcher.kill()
	within(callLimit, func(ctx context.Context) {
		status, err := service.GetChainStatus(ctx)
		h.result("chain status of the next instance", status.ID, err)
		// The same provider: pkg/loop asks the relayer of the next instance for it.
		details(h, "transmission details of the next instance", ctx, provider)
	})
	h.value("instances", "%d", h.launcher.count())
	h.done("close the provider", provider.Close())
	within(callLimit, func(ctx context.Context) {
		again, err := service.NewPluginProvider(ctx, relayArgs(contract, "1337"), pluginArgs(transmitter))
		h.done("another provider", err)
		account, err := again.ContractTransmitter().FromAccount(ctx)
		h.result("account of another provider", account, err)
		h.done("close it", again.Close())
	})
	pid := h.launcher.pid()
	h.done("close", service.Close())
	awaitEnd(pid)
	h.value("instances", "%d", h.launcher.count())
}

func chain(h *host, relayer loop.Relayer, config string) {
	within(callLimit, func(ctx context.Context) {
		status, err := relayer.GetChainStatus(ctx)
		h.result("chain status", fmt.Sprintf("%s, enabled %t, config as given %t", status.ID, status.Enabled, status.Config == config), err)
		nodes, next, total, err := relayer.ListNodeStatuses(ctx, 10, "")
		h.result("node statuses", fmt.Sprintf("%d of %d, next %q", len(nodes), total, next), err)
		head, err := relayer.LatestHead(ctx)
		h.result("latest head", headText(head), err)
	})
}

// headText writes of a head what is the same in every run.
func headText(head types.Head) string {
	height, err := strconv.ParseUint(head.Height, 10, 64)
	age := time.Now().Unix() - int64(head.Timestamp)
	return fmt.Sprintf("a height %t, a hash of %d bytes, a time of now %t", err == nil && height > 0, len(head.Hash), age >= -5 && age < 60)
}

func unsupported(h *host, relayer loop.Relayer) {
	within(callLimit, func(ctx context.Context) {
		h.done("transact", relayer.Transact(ctx, transmitter, contract, big.NewInt(1), true))
		otherCalls(h, ctx, relayer)
	})
}

func configProviders(h *host, relayer loop.Relayer) {
	within(callLimit, func(ctx context.Context) {
		provider, err := relayer.NewConfigProvider(ctx, relayArgs(contract, "1337"))
		h.done("config provider", err)
		configOf(h, "config provider's", ctx, provider)
		h.done("config provider ready", provider.Ready())
		h.done("close the config provider", provider.Close())
	})
}

func configOf(h *host, whose string, ctx context.Context, provider types.ConfigProvider) {
	tracker, digester := provider.ContractConfigTracker(), provider.OffchainConfigDigester()
	changed, digest, err := tracker.LatestConfigDetails(ctx)
	h.result(whose+" config details", fmt.Sprintf("block %d, digest %x", changed, digest[:]), err)
	config, err := tracker.LatestConfig(ctx, changed)
	h.result(whose+" config", hexOf(config), err)
	computed, err := digester.ConfigDigest(ctx, config)
	h.result(whose+" digest computed", fmt.Sprintf("%x, the contract's %t", computed[:], computed == digest), err)
	config.F++
	computed, err = digester.ConfigDigest(ctx, config)
	h.result(whose+" digest of another config", fmt.Sprintf("the contract's %t", computed == digest), err)
	prefix, err := digester.ConfigDigestPrefix(ctx)
	h.result(whose+" digest prefix", fmt.Sprintf("%d", prefix), err)
	_, err = tracker.LatestConfig(ctx, changed+1_000_000)
	h.done(whose+" config of a block without one", err)
	height, err := tracker.LatestBlockHeight(ctx)
	h.result(whose+" block height", fmt.Sprintf("beyond the config %t", height >= changed), err)
}

// refusedProviders are made when they are first used, and asked for until the caller's time is over.
func refusedProviders(h *host, relayer loop.Relayer) {
	ask := func(step string, rargs types.RelayArgs, pargs types.PluginArgs) {
		within(refusedLimit, func(ctx context.Context) {
			provider, err := relayer.NewPluginProvider(ctx, rargs, pargs)
			if err == nil {
				_, err = provider.ContractTransmitter().FromAccount(ctx)
			}
			h.refused(step, err)
		})
	}
	other := relayArgs(contract, "1337")
	other.ProviderType = "mercury"
	ask("provider of another type", other, pluginArgs(transmitter))
	ask("provider of a contract that is not there", relayArgs(signer, "1337"), pluginArgs(transmitter))
	ask("provider of no address", relayArgs("somewhere", "1337"), pluginArgs(transmitter))
	ask("provider of another chain", relayArgs(contract, "1"), pluginArgs(transmitter))
	ask("provider for an account that the keystore does not hold", relayArgs(contract, "1337"), pluginArgs(signer))
	within(refusedLimit, func(ctx context.Context) {
		provider, err := relayer.NewConfigProvider(ctx, relayArgs(signer, "1337"))
		if err == nil {
			_, err = provider.ContractConfigTracker().LatestBlockHeight(ctx)
		}
		h.refused("config provider of a contract that is not there", err)
	})
}

func medianProvider(h *host, relayer loop.Relayer) (provider types.MedianProvider) {
	within(callLimit, func(ctx context.Context) {
		made, err := relayer.NewPluginProvider(ctx, relayArgs(contract, "1337"), pluginArgs(transmitter))
		h.done("median provider", err)
		provider = made.(types.MedianProvider)
		configOf(h, "median provider's", ctx, provider)
		h.value("median provider's contract reader", "%t", provider.ContractReader() != nil)
		h.value("median provider's codec", "%t", provider.Codec() != nil)
		codecs(h, ctx, provider)
		details(h, "median provider's transmission details", ctx, provider)
		requestDigest, epoch, round, err := provider.MedianContract().LatestRoundRequested(ctx, time.Hour)
		h.result("round requested", fmt.Sprintf("%x %d %d", requestDigest[:], epoch, round), err)
	})
	return provider
}

func codecs(h *host, ctx context.Context, provider types.MedianProvider) {
	encoded, err := provider.OnchainConfigCodec().Encode(ctx, median.OnchainConfig{Min: big.NewInt(-10), Max: big.NewInt(10)})
	h.result("onchain config encoded", hex.EncodeToString(encoded), err)
	decoded, err := provider.OnchainConfigCodec().Decode(ctx, onchainConfig)
	h.result("onchain config decoded", fmt.Sprintf("%v to %v", decoded.Min, decoded.Max), err)
	_, err = provider.OnchainConfigCodec().Decode(ctx, []byte{1, 2, 3})
	h.done("onchain config of 3 bytes", err)
	length, err := provider.ReportCodec().MaxReportLength(ctx, 4)
	h.result("report length for 4", length, err)
	report, err := provider.ReportCodec().BuildReport(ctx, parsedObservations())
	h.result("report", hex.EncodeToString(report), err)
	middle, err := provider.ReportCodec().MedianFromReport(ctx, report)
	h.result("median of the report", middle, err)
	_, err = provider.ReportCodec().MedianFromReport(ctx, []byte("garbage"))
	h.done("median of garbage", err)
	_, err = provider.ReportCodec().BuildReport(ctx, nil)
	h.done("report of nothing", err)
}

func parsedObservations() []median.ParsedAttributedObservation {
	return []median.ParsedAttributedObservation{{
		Timestamp: 1_700_000_000, Value: big.NewInt(50_000), JuelsPerFeeCoin: big.NewInt(3), GasPriceSubunits: big.NewInt(1), Observer: 0,
	}}
}

func details(h *host, step string, ctx context.Context, provider types.MedianProvider) {
	digest, epoch, round, answer, timestamp, err := provider.MedianContract().LatestTransmissionDetails(ctx)
	age := time.Since(timestamp)
	h.result(step, fmt.Sprintf("digest %x, epoch %d, round %d, answer %v, of now %t", digest[:], epoch, round, answer, age > -5*time.Second && age < time.Minute), err)
}

// transmissions sends a report with the signature that the program was given, and others that the contract refuses.
func transmissions(h *host, provider types.MedianProvider) {
	within(callLimit, func(ctx context.Context) {
		account, err := provider.ContractTransmitter().FromAccount(ctx)
		h.result("account", account, err)
		_, digest, err := provider.ContractConfigTracker().LatestConfigDetails(ctx)
		h.done("config to transmit under", err)
		report, err := provider.ReportCodec().BuildReport(ctx, parsedObservations())
		h.done("report to transmit", err)
		transmit := func(step string, when ocrtypes.ReportTimestamp, signatures ...string) {
			h.done(step, provider.ContractTransmitter().Transmit(ctx, ocrtypes.ReportContext{ReportTimestamp: when}, report, attributed(signatures)))
		}
		first := ocrtypes.ReportTimestamp{ConfigDigest: digest, Epoch: 1, Round: 1}
		transmit("transmit without a signature", first)
		transmit("transmit with a signature of another", first, strings.Repeat("11", 64)+"00")
		transmit("transmit with a signature of 3 bytes", first, "010203")
		transmit("transmit under another config", ocrtypes.ReportTimestamp{Epoch: 1, Round: 1}, h.signature)
		transmit("transmit", first, h.signature)
		transmit("transmit again", first, h.signature)
		latest, epoch, err := provider.ContractTransmitter().LatestConfigDigestAndEpoch(ctx)
		h.result("latest config digest and epoch", fmt.Sprintf("%x %d", latest[:], epoch), err)
	})
}

func attributed(signatures []string) (all []ocrtypes.AttributedOnchainSignature) {
	for _, text := range signatures {
		signature, err := hex.DecodeString(text)
		if err != nil {
			panic(err)
		}
		all = append(all, ocrtypes.AttributedOnchainSignature{Signature: signature, Signer: 0})
	}
	return all
}
