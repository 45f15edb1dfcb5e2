/** A policy outcome as SARIF 2.1.0 (OASIS), for code scanning. */
import { createHash } from 'node:crypto';
import { printable } from '../../core/printable.js';
import type { PolicyOutcome } from '../policy/policy-outcome.js';
import { listFindings, type ListedFinding } from './finding-list.js';

const RULES: Readonly<Record<ListedFinding['id'], string>> = {
  'denied-destination': 'An outbound call that the policy denies.',
  'unexpected-destination': 'An outbound call that the policy does not expect.',
  'incomplete-evidence': 'Nobody can say that all outbound calls were seen.',
};

export interface SarifContext {
  readonly version: string;
  /** File that results point at, relative to the project: code scanning shows no result without a file. */
  readonly file: string;
  /** Of the command. */
  readonly exitCode: number;
}

/** JSON. */
export function policySarif(outcome: PolicyOutcome, { version, file, exitCode }: SarifContext): string {
  const ids = Object.keys(RULES) as ListedFinding['id'][];
  return JSON.stringify(
    {
      $schema: 'https://json.schemastore.org/sarif-2.1.0.json',
      version: '2.1.0',
      runs: [
        {
          tool: {
            driver: {
              name: 'egress',
              version,
              semanticVersion: version,
              rules: ids.map((id) => ({
                id,
                shortDescription: { text: RULES[id] },
                defaultConfiguration: { level: 'error' },
              })),
            },
          },
          invocations: [{ executionSuccessful: true, exitCode }],
          results: listFindings(outcome).map((finding) => resultOf(finding, ids.indexOf(finding.id), file)),
          columnKind: 'utf16CodeUnits',
        },
      ],
    },
    undefined,
    2,
  );
}

function resultOf({ id, level, text, hint, group }: ListedFinding, ruleIndex: number, file: string): object {
  const culprit = group?.package ?? group?.program;
  return {
    ruleId: id,
    ruleIndex,
    level,
    message: { text: hint === undefined ? text : `${text}. ${hint}` },
    locations: [
      {
        physicalLocation: { artifactLocation: { uri: encodeURI(file) }, region: { startLine: 1 } },
        ...(culprit === undefined
          ? {}
          : { logicalLocations: [{ name: printable(culprit, { max: 214 }), kind: 'package' }] }),
      },
    ],
    // Counts change from run to run; what tells one finding from another does not.
    partialFingerprints: { 'egressFinding/v1': fingerprint(id, group, text) },
  };
}

function fingerprint(id: string, group: ListedFinding['group'], text: string): string {
  const what =
    group === undefined
      ? [text.replaceAll(/\d+/g, '')]
      : [group.host, group.port, group.channel, group.package, group.program];
  return createHash('sha256')
    .update(JSON.stringify([id, ...what]))
    .digest('hex')
    .slice(0, 32);
}
