/** What the evidence page takes from its journal and from its reader: policies, cosignatures, and a folder that is dropped. */
import { cpSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parsePolicy } from '../../src/policy/parse-policy.js';
import type { PolicyChoice } from '../../src/report/policy/journal-judging.js';
import { checked, noChromium, pageOf, PageBrowser } from '../fixtures/chromium.js';
import { Workspace } from '../fixtures/recorded-run.js';

const example = path.resolve(import.meta.dirname, '../fixtures/example-journal');

interface CliReport {
  readonly journals: readonly {
    readonly verdict: string;
    readonly policy: string;
    readonly what_if: readonly number[];
    readonly reasons: readonly { readonly text: string }[];
    readonly runs: readonly { readonly number: number; readonly verdict: string }[];
    readonly counts: readonly { readonly name: string; readonly count: number }[];
  }[];
}

const keyOf = (journal: string): string =>
  (JSON.parse(readFileSync(path.join(journal, 'journal.json'), 'utf8')) as { readonly key: string }).key;

async function paste(page: Page, given: { readonly key: string; readonly witnesses?: string }): Promise<string> {
  await page.fill('#key', given.key);
  await page.fill('#witnesses', given.witnesses ?? '');
  await page.click('#paste button');
  return checked(page);
}

/** What nobody expects. */
const STRICT = 'version: 1\nloopback: unexpected\n';
const choiceOf = async (given: string | undefined): Promise<PolicyChoice> =>
  given === undefined ? {} : { given: await parsePolicy('strict.yaml', given) };

const text = async (page: Page, selector: string): Promise<string> =>
  (await page.locator(selector).allInnerTexts()).join('\n');

describe.skipIf(noChromium)(`the evidence page${noChromium === undefined ? '' : ` (${noChromium})`}`, () => {
  let browser: PageBrowser;
  let workspace: Workspace;
  beforeAll(async () => {
    browser = await PageBrowser.start();
    workspace = new Workspace();
    const write = (name: string, content: string): void => {
      writeFileSync(path.join(workspace.folder, name), content);
    };
    write('strict.yaml', STRICT);
    write('base.yaml', 'version: 1\nloopback: unexpected\nrules: [{ id: one, to: "127.0.7.1:9", why: the shop }]\n');
    write('policy.yaml', 'version: 1\nextends: base.yaml\ndeny: [{ to: "127.0.7.3:9", why: never }]\n');
    const calls = (...hosts: string[]): string =>
      hosts.map((host) => `require('net').connect(9,'127.0.7.${host}').on('error',()=>{})`).join(';');
    for (const [policy, script] of [
      ['policy.yaml', calls('1', '2', '3')],
      ['base.yaml', calls('1', '1')],
      [undefined, calls('1')],
    ] as const) {
      const flags = policy === undefined ? [] : ['--policy', policy];
      await workspace.egress(['run', '--kernel', 'off', ...flags, '--', 'node', '-e', script]);
    }
  }, 30_000);
  afterAll(async () => {
    await browser?.close();
    workspace?.remove();
  });

  it.each([
    ['its own policy', undefined, [], ['ALARM', 'ALL_CLEAR', 'ATTENTION']],
    ['one that was given for all', STRICT, ['--policy', 'strict.yaml'], ['ATTENTION']],
  ] as const)('judges each run by %s, as egress report does', async (_, given, flags, verdicts) => {
    const key = keyOf(workspace.journal);
    const { stdout } = await workspace.egress(['report', '--json', ...flags]);
    const [report] = (JSON.parse(stdout) as CliReport).journals;
    if (report === undefined) throw new Error('no report');
    expect([...new Set(report.runs.map(({ verdict }) => verdict))]).toEqual(verdicts);
    const page = await browser.open(await pageOf(workspace.journal, { key, policies: await choiceOf(given) }));
    const written = await text(page, '#answer-body');
    await paste(page, { key });
    const [first, ...others] = report.reasons;
    const level = report.verdict.replace('_', ' ');
    for (const shown of [written, await text(page, '#answer-body')]) {
      expect(shown).toContain(level);
      expect(shown).toContain(first?.text);
      for (const { name, count } of report.counts) expect(shown.replaceAll('\n', ' ')).toContain(`${name} ${count}`);
    }
    const reasons = await text(page, '.reasons');
    for (const reason of others) expect(reasons).toContain(reason.text);
    expect(reasons.includes('what if')).toBe(report.what_if.length > 0);
    const runs = await page.locator('table', { hasText: /^Runs/ }).locator('tbody tr').allInnerTexts();
    expect(runs.map((row) => row.replaceAll(/\s+/g, ' ')).toReversed()).toEqual(
      report.runs.map(({ number, verdict }): unknown => {
        return expect.stringMatching(`^${number} . ${verdict.replace('_', ' ')}`);
      }),
    );
    expect(await text(page, '#destinations')).toContain(`Judged by ${report.policy}`);
    await page.close();
  });

  it('takes no policy for the run’s that is another one, or none', async () => {
    const journal = path.join(workspace.folder, 'another');
    cpSync(workspace.journal, journal, { recursive: true });
    for (const name of readdirSync(path.join(journal, 'policies'))) {
      const file = path.join(journal, 'policies', name);
      rmSync(file);
      writeFileSync(file, '{"version":1,"__proto__":{"loopback":"expected"},"rules":"</script>"}');
    }
    const page = await browser.open(await pageOf(journal, { key: keyOf(journal) }));
    expect(await paste(page, { key: keyOf(journal) })).toBe('NOT VERIFIED');
    expect((await text(page, '.reasons')).match(/the policy that was in force cannot be read/g)).toHaveLength(2);
    expect(await page.locator('table', { hasText: /^Unexpected/ }).count()).toBe(0);
    await page.close();
  });

  it('says of a call which rule decided, or which one is missing', async () => {
    const page = await browser.open(await pageOf(workspace.journal, { key: keyOf(workspace.journal) }));
    for (const [words, said] of [
      ['net 127.0.7.1', 'one'],
      ['net 127.0.7.3', 'never'],
      ['net 127.0.7.2', 'Rule to add'],
    ] as const) {
      await page.fill('#words', words);
      await page.press('#words', 'Enter');
      await page.locator('#search-status', { hasText: 'that is all' }).waitFor();
      await page.click('#rows button >> nth=0');
      await page.locator('#record-body h3', { hasText: 'Policy' }).waitFor();
      expect((await text(page, '#record-body')).toLowerCase()).toContain(said.toLowerCase());
      await page.keyboard.press('Escape');
    }
    await page.close();
  });

  it('has a table of its own for each chart, with the same numbers', async () => {
    const page = await browser.open(await pageOf(workspace.journal, { key: keyOf(workspace.journal) }));
    await checked(page);
    const figures = page.locator('figure');
    expect(await figures.count()).toBe(3);
    for (const figure of await figures.all()) {
      expect([await figure.locator('svg').count(), await figure.locator('table').count()]).toEqual([1, 1]);
    }
    const destinations = figures.nth(1);
    const rows = await destinations.locator('tbody th, tbody td:nth-child(2)').allInnerTexts();
    expect(await destinations.locator('svg .value').allTextContents()).toEqual(['4', '1', '1']);
    expect(rows.slice(0, 2)).toEqual(['127.0.7.1:9 tcp', '4']);
    expect(rows.slice(2).toSorted()).toEqual(['1', '1', '127.0.7.2:9 tcp', '127.0.7.3:9 tcp']);
    await page.close();
  });

  it('trusts a cosignature when its reader pastes the witness’s key, and says what is wrong with a bad one', async () => {
    const key = keyOf(example);
    const journal = path.join(workspace.folder, 'witnessed');
    cpSync(example, journal, { recursive: true });
    await workspace.egress(['cosign', '--init', 'w.key', '--name', 'witness.example/1']);
    const witness = readFileSync(path.join(workspace.folder, 'w.key.pub'), 'utf8');
    await workspace.egress(['cosign', journal, '--key', 'w.key', '--journal-key', key]);
    const page = await browser.open(await pageOf(journal, { key }));
    expect(await text(page, '#paste-status')).toContain(
      'a cosignature by witness.example/1 ' + `(${witness.split('+')[1] ?? ''}) over 23 records. It is not trusted`,
    );
    expect(await paste(page, { key })).toBe('VERIFIED, WITH A LIMIT');
    expect(await paste(page, { key, witnesses: witness })).toBe('VERIFIED, WITNESSED');
    expect(await text(page, '#check-result')).toContain('cosigned by witness.example/1');
    expect(await text(page, '#paste-status')).toBe('');
    expect(await paste(page, { key, witnesses: 'nonsense' })).toBe('NOT CHECKED');
    expect(await paste(page, { key, witnesses: key })).toBe('NOT CHECKED');
    await page.close();

    const file = path.join(journal, `cosignatures/23.${witness.split('+')[1] ?? ''}`);
    const note = readFileSync(file, 'utf8');
    const at = note.length - 12;
    rmSync(file);
    writeFileSync(file, `${note.slice(0, at)}${note[at] === 'A' ? 'B' : 'A'}${note.slice(at + 1)}`);
    const bad = await browser.open(await pageOf(journal, { key }));
    expect(await paste(bad, { key, witnesses: witness })).toBe('NOT VERIFIED');
    expect(await text(bad, '#check-result .findings')).toContain('the cosignature is not by witness.example/1');
    const { status, stdout } = await workspace.egress(['verify', journal, '--key', key, '--witness', 'w.key.pub']);
    expect([status, stdout]).toEqual([1, expect.stringContaining('the cosignature is not by witness.example/1')]);
    await bad.close();
  });

  it('takes a folder that is dropped onto it', async () => {
    const file = await pageOf(workspace.journal, { key: keyOf(workspace.journal), isComplete: false });
    const page = await browser.open(file);
    expect(await checked(page)).toBe('NOT CHECKED');
    await page.locator('#drop').scrollIntoViewIfNeeded();
    const zone = await page.locator('#drop').boundingBox();
    if (zone === null) throw new Error('nowhere to drop');
    const protocol = await page.context().newCDPSession(page);
    const data = { items: [], files: [workspace.journal], dragOperationsMask: 1 };
    for (const type of ['dragEnter', 'dragOver', 'drop'] as const) {
      await protocol.send('Input.dispatchDragEvent', { type, x: zone.x + 20, y: zone.y + 20, data });
    }
    await page.locator('#drop-status', { hasText: /\d+ files are read/ }).waitFor();
    await page.locator('#check-status', { hasText: 'CONSISTENT' }).waitFor();
    expect(await paste(page, { key: keyOf(workspace.journal) })).toBe('VERIFIED, WITH A LIMIT');
    await page.close();
  });

  it('asked for nothing and complained of nothing in all these tests', () => {
    expect(browser.requests.filter((address) => !/^(file|blob|data):/.test(address))).toEqual([]);
    expect(browser.complaints).toEqual([]);
  });
});
