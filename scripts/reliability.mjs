// Puts the counts of the last full run of test/reliability (SLOW=1) into the table of docs/RELIABILITY.md.
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { format, resolveConfig } from 'prettier';

const root = path.dirname(import.meta.dirname);
const suites = path.join(root, 'test/reliability');
const page = path.join(root, 'docs/RELIABILITY.md');

const number = (count) => (count === undefined ? 'nothing is recorded' : count.toLocaleString('en-US'));
const rows = readdirSync(path.join(suites, 'counts'))
  .filter((name) => name.endsWith('.json'))
  .sort()
  .map((name) => {
    const { suite, tries, unit, tried, undetected, lost } = JSON.parse(
      readFileSync(path.join(suites, 'counts', name), 'utf8'),
    );
    return `| ${suite} | ${tries} | ${number(tried)} ${unit} | ${number(undetected)} | ${number(lost)} |`;
  });
const table = [
  '| suite | what it tries | tried | undetected | acknowledged records lost |',
  '| --- | --- | --- | --- | --- |',
  ...rows,
].join('\n');
const text = readFileSync(page, 'utf8');
const marked = /(<!-- counts -->\n)[\s\S]*(<!-- \/counts -->)/;
if (!marked.test(text)) throw new Error(`no place for the counts in ${page}`);
const filled = text.replace(marked, `$1\n${table}\n\n$2`);
writeFileSync(page, await format(filled, { ...(await resolveConfig(page)), filepath: page }));
