mkdir -p /opt/loopps
cd "$(mktemp -d)"
cat > go.mod <<'END'
module loopp/install

go 1.22

require github.com/smartcontractkit/chainlink-feeds v0.1.1
END
CGO_ENABLED=0 GOWORK=off go build -mod=mod -o /opt/loopps/chainlink-feeds github.com/smartcontractkit/chainlink-feeds/cmd/chainlink-feeds
# The node runs it when it is started with CL_MEDIAN_CMD=/opt/loopps/chainlink-feeds
