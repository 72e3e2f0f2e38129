#!/bin/sh
# Foundation doubles the start-up time and adds 12 MB; hyflame does without it. Where JSON is written
# FoundationEssentials is fine, and tests may use what they like.
set -eu
cd "$(dirname "$0")/.."
# Generated protobuf code names Foundation in a branch that Linux does not compile.
if grep -rnE '^[[:space:]]*(@[A-Za-z]+[[:space:]]+)?([a-z]+[[:space:]]+)?import[[:space:]]+((struct|class|enum|func)[[:space:]]+)?Foundation([.[:space:]]|$)' \
  --include='*.swift' --exclude='*.pb.swift' Sources; then
  echo 'check-no-foundation: the lines above import Foundation' >&2
  exit 1
fi
