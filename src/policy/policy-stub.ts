/**
 * A first policy file. What is not expected is told and fails no job; whoever has added the rules of a few runs takes
 * the one line out.
 * @param firstLine for editors
 */
export function policyStub(firstLine: string): string {
  return `${firstLine}
# Which outbound calls are expected; see docs/POLICY.md of egress.
version: 1
# Calls that no rule expects are told, and fail nothing yet; without this line egress
# run exits with 120. What could not be recorded (gaps) makes it exit with 121.
unexpected: warn
# egress policy learn prints rules for what was recorded:
rules: []
#  - id: payments
#    to: api.payments.example:443
#    package: ['stripe@^14']
#    why: card payments
`;
}
