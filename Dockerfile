# The node and all that it runs, from source. Plugin binaries go to /usr/local/bin; CL_MEDIAN_CMD and its like name them.
FROM node:24-bookworm-slim AS build
WORKDIR /loopp
COPY package.json package-lock.json ./
# Bun is the project's own development dependency, so it is left out with those and comes by itself.
RUN npm install --omit=dev && npm install --prefix /opt/bun bun@1.4.5
COPY src ./src
COPY transports ./transports
COPY proto/gen ./proto/gen

FROM node:24-bookworm-slim
WORKDIR /loopp
COPY --from=build /loopp ./
COPY --from=build /opt/bun /opt/bun
RUN useradd --system --uid 14933 --create-home loopp
USER loopp
ENV PATH="/opt/bun/node_modules/.bin:$PATH" CL_MEDIAN_CMD="" CL_SOLANA_CMD="" CL_STARKNET_CMD=""
EXPOSE 6688
HEALTHCHECK --interval=15s --timeout=5s --start-period=20s \
  CMD ["bun", "-e", "process.exit((await fetch('http://127.0.0.1:6688/health')).ok ? 0 : 1)"]
ENTRYPOINT ["bun", "src/node/main.ts", "--http-host", "0.0.0.0"]
