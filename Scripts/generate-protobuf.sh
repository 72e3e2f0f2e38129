#!/usr/bin/env bash
# Writes the .pb.swift file beside every .proto file in Sources, with the plug-in of the swift-protobuf version that
# Package.swift names; its last line tells which .proto it is of. --check fails where that is another one by now.
# Writing needs protoc (Debian: protobuf-compiler), checking does not.
set -euo pipefail
cd "$(dirname "$0")/.."

stamp() { echo "// Of $(basename "$1"), sha256 $(sha256sum <"$1" | cut -d ' ' -f 1)"; }

mapfile -t files < <(find Sources -name '*.proto' | sort)
if [ "${1:-}" = --check ]; then
  for file in "${files[@]}"; do
    [ "$(tail -n 1 "${file%.proto}.pb.swift")" = "$(stamp "$file")" ] || {
      echo "${file%.proto}.pb.swift is not of this $(basename "$file"): Scripts/generate-protobuf.sh" >&2
      exit 1
    }
  done
  exit
fi

command -v protoc >/dev/null || {
  echo "protoc is missing; on Debian: sudo apt-get install protobuf-compiler" >&2
  exit 1
}
swift build --product protoc-gen-swift
plugin="$(swift build --product protoc-gen-swift --show-bin-path)/protoc-gen-swift"

for file in "${files[@]}"; do
  protoc \
    --plugin=protoc-gen-swift="$plugin" \
    --proto_path="$(dirname "$file")" \
    --swift_out="$(dirname "$file")" \
    --swift_opt=Visibility=Internal \
    --swift_opt=UseAccessLevelOnImports=true \
    "$file"
  stamp "$file" >>"${file%.proto}.pb.swift"
done
