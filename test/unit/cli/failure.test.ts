import { Chalk } from 'chalk';
import { expect, test } from 'vitest';
import { exitCodeOf } from '../../../src/cli/exit-code.js';
import { asksForJson, failureOf, renderFailure, renderFailureJson } from '../../../src/cli/failure.js';
import { EgressError } from '../../../src/core/error.js';

const plain = new Chalk({ level: 0 });

test('a failure says what happened, what the system said, what to do', () => {
  const cause = Object.assign(new Error('EACCES: permission denied'), { code: 'EACCES' });
  const error = new EgressError('JOURNAL_UNREADABLE', 'cannot read .egress', { hint: 'One.\nTwo.', cause });
  expect(renderFailure(failureOf(error), plain)).toBe(
    'egress: cannot read .egress (JOURNAL_UNREADABLE)\n  EACCES: permission denied\n  One.\n  Two.\n',
  );
});

test('text of strangers in a failure can neither start a line nor move the cursor', () => {
  const error = new EgressError('USAGE', 'no command x\negress: all is well\x1b[2A', { hint: 'a\x1b[1mb' });
  expect(renderFailure(failureOf(error), plain)).toBe(
    'egress: no command x\\negress: all is well\\x1b[2A (USAGE)\n  a\\x1b[1mb\n',
  );
});

test('anything else that is thrown is a mistake of ours and says so', () => {
  for (const thrown of [new TypeError('x is not a function'), 'text', undefined, new Error('')]) {
    const failure = failureOf(thrown);
    expect(failure.code).toBe('INTERNAL');
    expect(failure.message).not.toBe('');
    expect(failure.hint).toContain('report');
  }
});

test('as JSON it is one object with code, message and hint', () => {
  const error = new EgressError('USAGE', 'bad \u202e', { hint: 'do', cause: new Error('secret') });
  const json = renderFailureJson(failureOf(error));
  expect(JSON.parse(json)).toEqual({ error: { code: 'USAGE', message: 'bad \u202e', hint: 'do' } });
  expect(json).toContain('\\u202e');
});

test('exit codes', () => {
  expect(exitCodeOf('USAGE', 'log')).toBe(2);
  expect(exitCodeOf('SETTINGS_INVALID', 'verify')).toBe(2);
  expect(exitCodeOf('RECORD_NOT_FOUND', 'show')).toBe(1);
  expect(exitCodeOf('JOURNAL_MISSING', 'verify')).toBe(3);
  expect(exitCodeOf('INTERNAL', undefined)).toBe(3);
  expect(exitCodeOf('USAGE', 'run')).toBe(125);
  expect(exitCodeOf('JOURNAL_LOCKED', 'run')).toBe(125);
  expect(exitCodeOf('TARGET_NOT_EXECUTABLE', 'run')).toBe(126);
  expect(exitCodeOf('TARGET_NOT_FOUND', 'run')).toBe(127);
});

test('--json counts only on our side of the first --', () => {
  expect(asksForJson(['log', '--json'])).toBe(true);
  expect(asksForJson(['run', '--', 'tool', '--json'])).toBe(false);
});
