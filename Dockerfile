# The node with all that it runs, from source on Bun, as a user without rights. Arguments of `docker run` are the node's own.
#
# Plugin binaries: `--target with-loopps` builds Chainlink's own with Go, includes them and runs them; others an image of yours, FROM
# this one, copies to /usr/local/bin. CL_MEDIAN_CMD and its like name those to run, as build arguments or when the container is started.
# Empty: the plugin that is built in, if there is one.

FROM node:24.21.0-bookworm-slim AS dependencies
WORKDIR /loopp
COPY package.json package-lock.json ./
# Optional ones are for tools of development and for priorities of threads, which are not set.
RUN npm install --omit=dev --omit=optional --ignore-scripts --prefer-offline --no-audit --no-fund

FROM oven/bun:1.4.5-slim AS loopp
# PID 1 that hands on signals and takes care of processes whose parent has ended, as those of a plugin that was killed.
RUN apt-get update \
  && apt-get install --yes --no-install-recommends tini=0.19.* \
  && rm -rf /var/lib/apt/lists/*
WORKDIR /loopp
COPY --from=dependencies /loopp/node_modules ./node_modules
COPY package.json ./
COPY proto/gen ./proto/gen
COPY transports ./transports
COPY src ./src
# What every thread and process of a plugin loads first, as a few files: the user below could not write them.
RUN bun --eval 'import { guestFiles } from "./transports/loading/guest-files.ts"; await guestFiles(Bun.pathToFileURL("src/guest/program.ts"))'
# The base image's user "bun", by number: so it can be seen from outside that it is not root.
USER 1000:1000
EXPOSE 6688
# Whether the node lives: it restarts plugins itself. Not with `fetch`, which would go through the proxies of the environment.
HEALTHCHECK --interval=15s --timeout=5s --start-period=20s \
  CMD ["bun", "--eval", "require('node:http').get('http://127.0.0.1:6688/livez', (answer) => process.exit(answer.statusCode === 200 ? 0 : 1)).on('error', () => process.exit(1))"]
# The file is that of the target with plugins. What the container's environment says, empty or not, counts before it.
ENTRYPOINT ["tini", "--", "bun", "--env-file=loopps.env", "src/node/main.ts", "--http-host", "0.0.0.0", "--http-port", "6688"]

# Only for the target below: which programs there are, and from which sources, `loopp install` says. What cannot be built is not in the
# image, and the build's output says why.
FROM golang:1.26.8-bookworm AS loopps
COPY --from=loopp /usr/local/bin/bun /usr/local/bin/bun
WORKDIR /loopp
# It needs no packages.
COPY --from=loopp /loopp/src ./src
COPY --from=loopp /loopp/transports ./transports
ARG LOOPPS="median solana starknet"
RUN mkdir programs \
  && (bun src/cli/main.ts install --dir programs --variables all.env $LOOPPS || echo "The image goes without what could not be built." >&2) \
  && sed 's,=.*/,=,' all.env > loopps.env

# CL_MEDIAN_CMD and its like are set to what is included.
FROM loopp AS with-loopps
COPY --from=loopps /loopp/programs/ /usr/local/bin/
COPY --from=loopps /loopp/loopps.env ./

FROM loopp
ARG CL_MEDIAN_CMD="" CL_EVM_CMD="" CL_SOLANA_CMD="" CL_STARKNET_CMD=""
ENV CL_MEDIAN_CMD=$CL_MEDIAN_CMD CL_EVM_CMD=$CL_EVM_CMD CL_SOLANA_CMD=$CL_SOLANA_CMD CL_STARKNET_CMD=$CL_STARKNET_CMD
