/** A policy outcome as JUnit XML, as most CI servers read it: a failed test for each finding. */
import { clearText, verdictLine } from '../../verdict/verdict-text.js';
import type { PolicyOutcome } from '../policy/policy-outcome.js';
import { listFindings, type ListedFinding } from './finding-list.js';

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&apos;',
};

/** Texts here have passed `printable()`, so no character is left that XML cannot hold. */
const xml = (text: string): string => text.replaceAll(/[&<>"']/g, (character) => ENTITIES[character] ?? '');

/** XML, without a final newline. */
export function policyJunit(outcome: PolicyOutcome): string {
  const { verdict, policy, calls } = outcome;
  const findings = listFindings(outcome);
  const failures = findings.filter(({ id, level }) => level === 'error' && id !== 'incomplete-evidence').length;
  const errors = findings.filter(({ id }) => id === 'incomplete-evidence').length;
  const line = verdictLine(verdict, clearText(calls, policy?.name));
  const cases =
    findings.length === 0 ? [`    <testcase classname="egress" name="${xml(line)}"/>`] : findings.map(testCase);
  const counts = `tests="${cases.length}" failures="${failures}" errors="${errors}"`;
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    `<testsuites name="egress" ${counts}>`,
    `  <testsuite name="egress policy" ${counts}>`,
    ...cases,
    `    <system-out>${xml(line)}</system-out>`,
    '  </testsuite>',
    '</testsuites>',
  ].join('\n');
}

function testCase({ id, level, title, text, hint }: ListedFinding): string {
  const open = `    <testcase classname="egress.${id}" name="${xml(text)}"`;
  if (level === 'warning') return `${open}/>`;
  const kind = id === 'incomplete-evidence' ? 'error' : 'failure';
  const said = hint === undefined ? '' : xml(hint);
  return `${open}>\n      <${kind} type="${id}" message="${xml(`${title}: ${text}`)}">${said}</${kind}>\n    </testcase>`;
}
