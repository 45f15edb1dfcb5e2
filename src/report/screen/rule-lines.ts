import { endpointText } from '../text/endpoint-text.js';
import { printable } from '../../core/printable.js';
import type { RecordQuery } from '../model/record-query.js';
import { paragraph, type Look } from './look.js';

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

/** The rule, or why there is none that would help. */
export function ruleLines(query: RecordQuery, look: Look): readonly string[] {
  const text = ruleText(query);
  const none = noneNeeded(query);
  if (none !== undefined) return ['', ...paragraph(none, look)];
  if (text === undefined) {
    const why = 'it stands for more than one destination, or its name is no plain host name.';
    return ['', ...paragraph(`No rule can be written for this row: ${why}`, look)];
  }
  const lines = text.split('\n').flatMap((line) => piecesOf(line, look.columns - 4));
  return [
    '',
    ' This rule makes these calls expected:',
    '',
    ...lines.map((line) => `   ${look.colour.cyan(line)}`),
    '',
    ...paragraph(
      'It belongs in egress.policy.yaml if the calls belong in the program. egress policy check then says what is left.',
      look,
    ),
  ];
}

/** Where no rule would change what is said of the calls: why. */
function noneNeeded({ class: callClass, rule = '' }: RecordQuery): string | undefined {
  const by = rule === '' ? '' : ` (${printable(rule, { max: 64 })})`;
  if (callClass === 'expected') return `The policy expects these calls already${by}.`;
  if (callClass !== 'alarm') return undefined;
  return `The policy raises an alarm for these calls${by}, and no rule beside it changes that.`;
}

/** Blanks mean something here, so that no line is folded at one. All of it is ASCII. */
function piecesOf(line: string, width: number): readonly string[] {
  return line.length <= width ? [line] : [line.slice(0, width), ...piecesOf(line.slice(width), width)];
}
