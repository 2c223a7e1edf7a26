package main

import (
	"context"
	"encoding/hex"
	"fmt"
	"os"
	"path/filepath"

	"github.com/google/uuid"

	ocrtypes "github.com/smartcontractkit/libocr/offchainreporting2plus/types"

	"github.com/smartcontractkit/chainlink-common/pkg/types"
)

// The accounts and the contract that the scenarios of a relayer use. Whoever starts this program signs with the signer's key.
const (
	contract    = "0x5FbDB2315678afecb367f032d93F642f64180aa3"
	transmitter = "0x70997970C51812dc3A010C7d01b50e0d17dc79C8"
	signer      = "0x3C44CdDdB6a900fa2b585dd299e03d12FA4293BC"
)

// chainConfig is a simulated chain whose state outlives its plugin, so that every instance, and every run, sees the same.
func chainConfig(chainID, directory string) string {
	return fmt.Sprintf(`ChainID = "%[1]s"
StateFile = "%[2]s"

[[Feeds]]
Address = "%[3]s"
MinAnswer = "10"
MaxAnswer = "1000000"
Decimals = 8
Description = "WIDGET / USD"

[Feeds.Config]
Signers = ["%[4]s"]
Transmitters = ["%[5]s"]
F = 0
OffchainConfig = "0x%[6]s"
`, chainID, filepath.Join(directory, chainID+".jsonl"), contract, signer, transmitter, hex.EncodeToString([]byte("offchain")))
}

// temporary makes a directory for what must not outlive the scenario.
func temporary() (path string, remove func()) {
	path, err := os.MkdirTemp("", "loopp-host-")
	if err != nil {
		panic(err)
	}
	return path, func() { _ = os.RemoveAll(path) }
}

// keystore holds one account. Its signatures are the data with a mark.
type keystore struct{}

func (keystore) Accounts(context.Context) ([]string, error) { return []string{transmitter}, nil }

func (keystore) Sign(_ context.Context, account string, data []byte) ([]byte, error) {
	if account != transmitter {
		return nil, fmt.Errorf("no account %s", account)
	}
	if len(data) == 0 {
		return nil, nil
	}
	return append([]byte("signed:"), data...), nil
}

func (keystore) Decrypt(context.Context, string, []byte) ([]byte, error) {
	return nil, fmt.Errorf("this keystore does not decrypt")
}

func relayArgs(contractID, chainID string) types.RelayArgs {
	return types.RelayArgs{
		ExternalJobID: uuid.MustParse("11111111-2222-3333-4444-555555555555"),
		JobID:         7,
		ContractID:    contractID,
		New:           true,
		RelayConfig:   []byte(fmt.Sprintf(`{"chainID":%q}`, chainID)),
		ProviderType:  "median",
	}
}

func pluginArgs(account string) types.PluginArgs {
	return types.PluginArgs{TransmitterID: account, PluginConfig: []byte("{}")}
}

func hexOf(config ocrtypes.ContractConfig) string {
	return fmt.Sprintf("count %d, F %d, signers %x, transmitters %v, onchain %x, offchain %d %x",
		config.ConfigCount, config.F, config.Signers, config.Transmitters, config.OnchainConfig,
		config.OffchainConfigVersion, config.OffchainConfig)
}
