#!/bin/sh
# start.sh NAME: writes the node's configuration into memory, becomes the node.
set -eu
node /castle/configure.mjs /run/castle
exec node --enable-source-maps "/castle/$1.mjs" --config /run/castle/exchange.json --node "$(cat /run/castle/node)"
