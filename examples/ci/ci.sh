#!/usr/bin/env bash
# Tests that may not leave the machine, for any CI server. egress is one of the project's devDependencies.
set -uo pipefail

npx --no-install egress run --expect none --summary-file egress.json -- npm test
code=$?

case $code in
  0) echo "tests passed, and every recorded call is expected" ;;
  120) echo "tests passed, but a call was not expected: npx egress report" ;;
  121) echo "tests passed, but not everything was seen: npx egress log --gaps" ;;
  125 | 126 | 127) echo "the tests were not started" ;;
  *) echo "the tests failed" ;;
esac

# Evidence: the journal as an artifact of the job, and the head in its log.
npx --no-install egress verify && npx --no-install egress head
exit "$code"
