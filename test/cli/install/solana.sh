mkdir -p /opt/loopps
cd "$(mktemp -d)"
cat > go.mod <<'END'
module loopp/install

go 1.22

require github.com/smartcontractkit/chainlink-solana v1.1.1-0.20241024134904-ee601d69ecc6
END
CGO_ENABLED=0 GOWORK=off go build -mod=mod -o /opt/loopps/chainlink-solana github.com/smartcontractkit/chainlink-solana/pkg/solana/cmd/chainlink-solana
# The node runs it when it is started with CL_SOLANA_CMD=/opt/loopps/chainlink-solana
