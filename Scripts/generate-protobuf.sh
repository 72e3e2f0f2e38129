#!/bin/sh
# Writes the .pb.swift file beside every .proto file in Sources, with the plug-in of the
# swift-protobuf version that Package.swift names. Needs protoc (Debian: protobuf-compiler).
set -eu
cd "$(dirname "$0")/.."

command -v protoc >/dev/null || {
  echo "protoc is missing; on Debian: sudo apt-get install protobuf-compiler" >&2
  exit 1
}
swift build --product protoc-gen-swift
plugin="$(swift build --product protoc-gen-swift --show-bin-path)/protoc-gen-swift"

for file in Sources/*/*.proto; do
  protoc \
    --plugin=protoc-gen-swift="$plugin" \
    --proto_path="$(dirname "$file")" \
    --swift_out="$(dirname "$file")" \
    --swift_opt=Visibility=Internal \
    --swift_opt=UseAccessLevelOnImports=true \
    "$file"
done
