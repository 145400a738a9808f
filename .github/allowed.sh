#!/usr/bin/env bash
# Prints what the message of a commit lets the guard pass for a stack, one
# argument a line. The message names each resource in a trailer:
#
#   Allow-Delete: urn:pulumi:dev::tenfold::...
#   Allow-Replace: urn:pulumi:dev::tenfold::...
#
# Usage: allowed.sh COMMIT STACK
set -euo pipefail
for kind in replace delete; do
  git log -1 --format="%(trailers:key=Allow-$kind,valueonly)" "$1" |
    awk -v flag="--allow-$kind" -v prefix="urn:pulumi:$2::" 'index($0, prefix) == 1 { print flag; print }'
done
