/** The commands that README and docs name exist, with the flags that they are given. */
import { readFileSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';

const root = path.resolve(import.meta.dirname, '../..');
const documents = ['README.md', ...readdirSync(path.join(root, 'docs')).map((name) => `docs/${name}`)].filter((name) =>
  name.endsWith('.md'),
);

interface Manifest {
  readonly commands: Record<
    string,
    { readonly flags: Record<string, { readonly char?: string; readonly allowNo?: boolean }> }
  >;
}
const { commands } = JSON.parse(readFileSync(path.join(root, 'oclif.manifest.json'), 'utf8')) as Manifest;
const topics = new Set(Object.keys(commands).map((id) => id.split(':')[0]));

/** Lines of code blocks, fenced or indented, that begin with the command, whatever prompt or `npx` stands before it. */
function commandLines(text: string): string[] {
  const joined = text.replaceAll('\\\n', ' ');
  const fenced = [...joined.matchAll(/^```[a-z]*\n(.*?)^```/gms)].map(([, block]) => block ?? '');
  const indented = joined.split('\n').filter((line) => line.startsWith('    '));
  const lines = [...fenced, ...indented]
    .flatMap((block) => [...block.matchAll(/^ *(?:\$ |npx )*egress +(.*)$/gm)])
    .map(([, line]) => line ?? '');
  const inline = [...joined.matchAll(/`(?:npx )?egress +([^`\n]*)`/g)].map(([, line]) => line ?? '');
  return [...lines, ...inline].filter((line) => /^[a-z]/.test(line));
}

/** What is wrong with a command line, if anything. */
function mistake(line: string): string | undefined {
  const own = line.split(/ -- |  +| [|>&;#(]/)[0] ?? '';
  const words = own.split(' ').filter((word) => word !== '');
  const [first = '', second = ''] = words;
  if (first === 'help' || !/^[a-z-]+$/.test(first)) return undefined;
  const command = commands[`${first}:${second}`] ?? commands[first];
  if (command === undefined) return topics.has(first) ? undefined : `no command ${first}`;
  for (const [, long, short] of own.matchAll(/ (?:--([a-z][a-z-]*)|-([A-Za-z])\b)/g)) {
    const isKnown = Object.entries(command.flags).some(
      ([name, { char, allowNo }]) => name === long || char === short || (allowNo === true && `no-${name}` === long),
    );
    if (!isKnown && long !== 'help') return `no flag ${long ?? short ?? ''}`;
  }
  return undefined;
}

test('the documents name commands at all', () => {
  expect(documents.flatMap((name) => commandLines(readFileSync(path.join(root, name), 'utf8'))).length).toBeGreaterThan(
    150,
  );
});

test.each(documents)('%s', (name) => {
  const wrong = commandLines(readFileSync(path.join(root, name), 'utf8')).flatMap((line) => {
    const why = mistake(line);
    return why === undefined ? [] : [`egress ${line}: ${why}`];
  });
  expect(wrong).toEqual([]);
});
