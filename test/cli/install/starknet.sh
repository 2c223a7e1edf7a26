mkdir -p /opt/loopps
cd "$(mktemp -d)"
cat > go.mod <<'END'
module loopp/install

go 1.22

require github.com/smartcontractkit/chainlink-starknet/relayer v0.1.0

replace github.com/gogo/protobuf => github.com/regen-network/protobuf v1.3.3-alpha.regen.1
END
CGO_ENABLED=0 GOWORK=off go build -mod=mod -o /opt/loopps/chainlink-starknet github.com/smartcontractkit/chainlink-starknet/relayer/pkg/chainlink/cmd/chainlink-starknet
# The node runs it when it is started with CL_STARKNET_CMD=/opt/loopps/chainlink-starknet
