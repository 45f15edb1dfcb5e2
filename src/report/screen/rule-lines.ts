import { endpointText } from '../text/endpoint-text.js';
import type { RecordQuery } from '../model/record-query.js';
import type { Look } from './look.js';

/** Names that stand for themselves in a policy: no pattern, no YAML, nothing that only looks like another name. */
const PLAIN_HOST = /^(?=.{1,253}$)[a-z0-9]([a-z0-9.-]*[a-z0-9])?$|^[0-9a-f:]{2,39}$/;
const PLAIN_PACKAGE = /^(@[a-z0-9._~-]+\/)?[a-z0-9._~-]+$/;

/**
 * The rule that would make the calls of a row expected, to be pasted into a policy; undefined where their names cannot
 * stand in one as they are.
 */
export function ruleText({ host, port, channel, package: name }: RecordQuery): string | undefined {
  if (host === undefined || !PLAIN_HOST.test(host)) return undefined;
  const id = host.replaceAll(/[^a-z0-9]+/g, '-').replaceAll(/^-|-$/g, '');
  const to = `${endpointText(host, port)}${channel === 'udp' && port !== undefined ? '/udp' : ''}`;
  const whose = name !== undefined && PLAIN_PACKAGE.test(name) ? [`    package: ["${name}"]`] : [];
  return ['rules:', `  - id: ${id}`, `    to: "${to}"`, ...whose, '    why: say here what it is for'].join('\n');
}

export function ruleLines(query: RecordQuery, { colour }: Look): readonly string[] {
  const text = ruleText(query);
  if (text === undefined) {
    return [
      '',
      ' No rule can be written for this row: it stands for more than one destination,',
      ' or its name is no plain host name.',
    ];
  }
  return [
    '',
    ' This rule would make these calls expected:',
    '',
    ...text.split('\n').map((line) => `   ${colour.cyan(line)}`),
    '',
    ' It belongs into egress.policy.yaml, if the calls belong into the program.',
    ' egress policy check then says what is left.',
  ];
}
