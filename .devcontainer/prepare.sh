#!/bin/sh
# What the container lacks when it was made: Python and Redis for the tests, and the packages.
set -eu

sudo apt-get update -qq
sudo apt-get install -y -qq --no-install-recommends python3 python3-venv redis-server
npm ci --no-audit --no-fund
# The environment of Python that editors are told of, and the first checks.
npm test --silent -- check
