/** What `egress init` says: what there is now, what to hand to an auditor, and what to do next. */
import type { ChalkInstance } from 'chalk';
import { printable } from '../../core/printable.js';
import type { Continuation, Roles } from '../../event/roles.js';
import type { LooseAccess } from '../../journal/folder/access.js';
import { rootToBase64 } from '../../journal/heads/checkpoint.js';
import { parseOfficerLine } from '../../officers/officer-card.js';
import { keyFingerprint } from '../../keys/verifier-key.js';
import { looseText } from '../text/access-text.js';

/** A file that the command looked after beside the journal. */
export interface SideFile {
  readonly file: string;
  readonly done: 'created' | 'kept' | 'left_out';
  /** What somebody has to add by hand. */
  readonly advice?: string;
}

export interface FoundationSummary {
  /** As it was named. */
  readonly journal: string;
  readonly done: 'created' | 'roles_added' | 'repaired' | 'nothing';
  readonly origin: string;
  /** Genesis verifier key. */
  readonly key: string;
  readonly created: string;
  readonly keys: string;
  readonly roles: Roles | undefined;
  readonly continues: Continuation | undefined;
  /** `<verifier key> <age recipient>` of the first officer; verifier key of the recovery key. */
  readonly officer: string | undefined;
  readonly recovery: string | undefined;
  readonly head: { readonly size: number; readonly root: string } | undefined;
  readonly files: readonly SideFile[];
  readonly loose: readonly LooseAccess[];
}

const DONE: Readonly<Record<FoundationSummary['done'], string>> = {
  created: 'journal created',
  roles_added: 'roles added to the journal',
  repaired: 'owner, groups and modes are again what the roles say',
  nothing: 'the journal is there already; nothing was changed',
};

export function foundationText(summary: FoundationSummary, colour: ChalkInstance): string {
  const { journal, done, key, created, keys, files } = summary;
  const row = (name: string, value: string): string => `  ${colour.dim(name.padEnd(10))} ${value}`;
  return [
    colour.green(`✓ ${DONE[done]}`),
    row('journal', `${printable(journal)}   ${colour.dim(`since ${printable(created)}`)}`),
    row('keys', `${printable(keys)}   ${colour.dim('yours alone')}`),
    ...roleLines(summary).map(([name, value]) => row(name, value)),
    ...officerLines(summary, row),
    ...continuationLines(summary, row),
    ...files.flatMap((side) => fileLines(side, row)),
    ...looseLines(summary, colour),
    '',
    colour.bold('Give this key to whoever is to check the journal:'),
    '',
    `  ${printable(key)}`,
    `  ${colour.dim('fingerprint')} ${keyFingerprint(key)}`,
    '',
    'Not on the way that the journal takes: whoever could exchange the one could',
    'exchange the other. By hand, by phone (the fingerprint), in a signed mail, or on',
    'a page that others keep. They check with',
    '',
    '  egress verify JOURNAL --key KEY',
    '',
    colour.bold('Next'),
    ...nextSteps(summary),
  ].join('\n');
}

function roleLines({ roles, journal }: FoundationSummary): [string, string][] {
  if (roles === undefined) return [['readers', 'whoever your own group and modes let in; --audit-group sets a group']];
  const { owner, audit, officers } = roles;
  const group = (name: string, gid: number): string => `group ${printable(name, { max: 64 })} (${gid})`;
  return [
    ['owner', `${printable(owner.name ?? 'user', { max: 64 })} (${owner.uid}) alone writes, and has the keys`],
    ['audit', `${group(audit.name, audit.gid)} reads all but bodies`],
    [
      'officers',
      officers === undefined
        ? 'none: bodies would be the owner’s alone'
        : `${group(officers.name, officers.gid)} reads ${printable(journal)}/bodies; its members need ${printable(audit.name, { max: 64 })}, too`,
    ],
  ];
}

function continuationLines({ continues }: FoundationSummary, row: (name: string, value: string) => string): string[] {
  if (continues === undefined) return [];
  const { origin, size, root, why } = continues;
  return [
    row('continues', `${printable(origin)}: ${printable(why, { max: 500 })}`),
    row('', `its last head ${size}:${rootToBase64(root)}; the two are never one`),
  ];
}

function fileLines({ file, done, advice }: SideFile, row: (name: string, value: string) => string): string[] {
  if (done === 'left_out' && advice === undefined) return [];
  const what = { created: 'written', kept: 'is there already, unchanged', left_out: 'not written' }[done];
  return [row('file', `${printable(file)} ${what}`), ...(advice === undefined ? [] : [row('', advice)])];
}

function looseLines({ loose }: FoundationSummary, colour: ChalkInstance): string[] {
  if (loose.length === 0) return [];
  const shown = loose.slice(0, 5).map((item) => `    ${looseText(item)}`);
  return [
    colour.yellow('! more may get in than the roles say; egress doctor tells what to do:'),
    ...shown,
    ...(loose.length > shown.length ? [`    and ${loose.length - shown.length} more`] : []),
  ];
}

function nextSteps({ journal, files }: FoundationSummary): string[] {
  const at = journal === '.egress' ? '' : ` --journal ${printable(journal)}`;
  const hasPolicy = files.some(({ file, done }) => file === 'egress.policy.yaml' && done !== 'left_out');
  const steps: [string, string][] = [
    [`egress run${at} -- node app.js`, 'record'],
    ...(hasPolicy
      ? ([[`egress policy learn ${printable(journal)}`, 'rules for the policy']] as [string, string][])
      : []),
    [`egress verify${at}`, 'check'],
    [`egress head${at}`, 'a head to keep elsewhere, now and then'],
    [`egress doctor${at}`, 'what holds here, and what does not'],
  ];
  const width = Math.max(...steps.map(([command]) => command.length));
  return steps.map(([command, what]) => `  ${command.padEnd(width)}   ${what}`);
}

function officerLines(
  { officer, recovery }: FoundationSummary,
  row: (name: string, value: string) => string,
): string[] {
  const lines = (name: string, key: string, may: string): string[] => [
    row(name, `${printable(key.split('+')[0] ?? '', { max: 64 })}   ${may}`),
    row('', `fingerprint ${keyFingerprint(key)}`),
  ];
  return [
    ...(officer === undefined
      ? []
      : lines('officer', parseOfficerLine(officer).key.text, 'decides about bodies, and names others')),
    ...(recovery === undefined ? [] : lines('recovery', recovery, 'may name an officer, which shows for ever')),
  ];
}
