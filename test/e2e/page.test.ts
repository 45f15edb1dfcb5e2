/** The evidence page in a real browser: it decides as `egress verify` does, asks for nothing, and obeys no record. */
import { execFileSync } from 'node:child_process';
import { cpSync, readFileSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parseExpectedHead } from '../../src/audit/heads/expected-head.js';
import type { Verification } from '../../src/audit/verification.js';
import { printable } from '../../src/core/printable.js';
import { signerFromSeed } from '../../src/keys/signer.js';
import { verifierKey } from '../../src/keys/verifier-key.js';
import { checked, noChromium, pageOf, PageBrowser } from '../fixtures/chromium.js';
import { temporaryFolder } from '../fixtures/temporary-folder.js';
import { ForgedJournal } from '../unit/audit/forged-journal.js';
import { verifyFolder } from '../unit/audit/verify-folder.js';
import { maxSize, vacuum } from '../unit/journal/vacuumed-journal.js';
import { recordRun, writerOptions } from '../unit/journal/scratch-journal.js';

const example = path.resolve(import.meta.dirname, '../fixtures/example-journal');
const { key, origin } = JSON.parse(readFileSync(path.join(example, 'journal.json'), 'utf8')) as {
  readonly key: string;
  readonly origin: string;
};
const otherKey = verifierKey(origin, signerFromSeed(new Uint8Array(32).fill(7)).publicKey).text;
const checkpoint = readFileSync(path.join(example, 'checkpoint'), 'utf8');
const [, size = '', root = ''] = checkpoint.split('\n');

/** What axe found, as far as it is looked at. */
interface AxeResult {
  readonly violations: readonly {
    readonly id: string;
    readonly impact: string;
    readonly nodes: readonly { readonly html: string }[];
  }[];
}

const WORDS: Readonly<Record<Verification['verdict'], string>> = {
  NOT_VERIFIED: 'NOT VERIFIED',
  NOT_CHECKED: 'NOT CHECKED',
  VERIFIED_WITH_LIMIT: 'VERIFIED, WITH A LIMIT',
  VERIFIED: 'VERIFIED',
  VERIFIED_WITNESSED: 'VERIFIED, WITNESSED',
};

/** A copy of the example that `change` has had its hands on. */
function changed(change: (file: (name: string) => string) => void): string {
  const journal = path.join(temporaryFolder(), 'journal');
  cpSync(example, journal, { recursive: true });
  change((name) => path.join(journal, name));
  return journal;
}

const second = 'segments/00000002.jsonl';
const rewrite = (file: string, edit: (text: string) => string): void => {
  const text = edit(readFileSync(file, 'latin1'));
  rmSync(file);
  writeFileSync(file, text, 'latin1');
};

async function vacuumed(): Promise<readonly [journal: string, key: string]> {
  const options = writerOptions(temporaryFolder(), { segmentBytesMax: 2_200 });
  recordRun(options, 30);
  recordRun(options, 30);
  await vacuum(options, maxSize(1));
  const named = JSON.parse(readFileSync(path.join(options.directory, 'journal.json'), 'utf8')) as { key: string };
  return [options.directory, named.key];
}

/** Gives key and head as a reader does. */
async function paste(page: Page, given: { readonly key?: string; readonly head?: string }): Promise<string> {
  await page.fill('#key', given.key ?? '');
  await page.fill('#head', given.head ?? '');
  await page.click('#paste button');
  return checked(page);
}

const texts = (page: Page, selector: string): Promise<string[]> => page.locator(selector).allTextContents();

describe.skipIf(noChromium)(`the evidence page${noChromium === undefined ? '' : ` (${noChromium})`}`, () => {
  let browser: PageBrowser;
  beforeAll(async () => {
    browser = await PageBrowser.start();
  });
  afterAll(() => browser?.close());

  const corpus: readonly (readonly [name: string, make: () => string | Promise<readonly [string, string]>])[] = [
    ['good', () => example],
    [
      'an altered line',
      () =>
        changed((file) => {
          rewrite(file('segments/00000001.jsonl'), (text) => text.replace('48190', '48191'));
        }),
    ],
    [
      'a byte that is no UTF-8',
      () =>
        changed((file) => {
          rewrite(file(second), (text) => text.replace('live', 'li\xffe'));
        }),
    ],
    [
      'a line less',
      () =>
        changed((file) => {
          rewrite(file(second), (text) => text.replace(/\n[^\n]*\n/, '\n'));
        }),
    ],
    [
      'a line twice',
      () =>
        changed((file) => {
          rewrite(file(second), (text) => text.replace(/\n([^\n]*\n)/, '\n$1$1'));
        }),
    ],
    [
      'a cut end',
      () =>
        changed((file) => {
          truncateSync(file(second), 900);
        }),
    ],
    [
      'a segment less',
      () =>
        changed((file) => {
          rmSync(file('segments/00000001.jsonl'));
        }),
    ],
    [
      'a head less',
      () =>
        changed((file) => {
          rmSync(file('heads/12'));
        }),
    ],
    [
      'an altered head',
      () =>
        changed((file) => {
          rewrite(file('heads/12'), (text) => text.replace('12\n', '11\n'));
        }),
    ],
    [
      'a head with another signature',
      () =>
        changed((file) => {
          rewrite(file('heads/12'), (text) =>
            text.replace(
              /(.{30})(.)(.{20}=*\n)$/,
              (_, before: string, digit: string, after: string) => `${before}${digit === 'A' ? 'B' : 'A'}${after}`,
            ),
          );
        }),
    ],
    [
      'an altered epoch',
      () =>
        changed((file) => {
          rewrite(file('epochs/2'), (text) => text.replace(/\n2\n/, '\n3\n'));
        }),
    ],
    ['a vacuumed journal', vacuumed],
  ];

  it.each(corpus)('decides as egress verify does: %s', async (_name, make) => {
    const made = await make();
    const [journal, genesis] = typeof made === 'string' ? [made, key] : made;
    const page = await browser.open(await pageOf(journal, { key: genesis }));
    const unpinned = await checked(page);
    for (const given of [{ key: genesis }, { key: otherKey }, { key: genesis, head: `${size}:${root}` }]) {
      const expected = given.head === undefined ? undefined : parseExpectedHead(given.head);
      const result = await verifyFolder(journal, { key: given.key, ...(expected === undefined ? {} : { expected }) });
      expect(await paste(page, given)).toBe(WORDS[result.verdict]);
      expect(await texts(page, '#check-result .findings > li')).toHaveLength(Math.min(20, result.findings.length));
      for (const [index, { message }] of result.findings.slice(0, 20).entries()) {
        expect((await texts(page, '#check-result .findings > li'))[index]).toContain(printable(message));
      }
      const marks = [
        ...result.checked.map(
          ({ ok, text, detail }) => `${ok ? '✓holds: ' : '✗fails: '}${text}${detail === undefined ? '' : ` ${detail}`}`,
        ),
        ...result.limits.map(({ message }) => `!limit: ${message}`),
      ];
      expect(await texts(page, '#check-result .marks li')).toEqual(marks.map((text) => printable(text)));
    }
    expect(unpinned).toMatch(/^(CONSISTENT, KEY NOT COMPARED|NOT VERIFIED)$/);
    await page.close();
  });

  it('says what is wrong with a key or a head that is none', async () => {
    const page = await browser.open(await pageOf(example, { key }));
    expect(await paste(page, { key: 'nonsense' })).toBe('NOT CHECKED');
    expect((await texts(page, '#check-status .sentence')).join()).toContain('not a verifier key');
    expect(await paste(page, { key, head: '12:abc' })).toBe('NOT CHECKED');
    expect(await paste(page, { key, head: checkpoint })).toBe('VERIFIED');
    expect(await paste(page, {})).toBe('CONSISTENT, KEY NOT COMPARED');
    await page.close();
  });

  it('asks for nothing but itself, and may not even where somebody tells it to', async () => {
    const page = await browser.open(await pageOf(example, { key }));
    const refused = await page.evaluate(`Promise.all([
      fetch('http://127.0.0.1:9/').then(() => 'sent', () => 'refused'),
      new Promise((done) => { const image = new Image(); image.onload = () => done('sent'); image.onerror = () => done('refused'); image.src = 'http://127.0.0.1:9/'; }),
      new Promise((done) => { const frame = document.createElement('iframe'); document.addEventListener('securitypolicyviolation', ({ effectiveDirective }) => { if (effectiveDirective === 'frame-src') done('refused'); }); frame.src = 'http://127.0.0.1:9/'; document.body.append(frame); }),
      new Promise((done) => { const script = document.createElement('script'); script.textContent = 'window.ran = true'; document.body.append(script); setTimeout(() => done(window.ran === undefined ? 'refused' : 'ran'), 50); }),
    ])`);
    expect(refused).toEqual(['refused', 'refused', 'refused', 'refused']);
    await page.close();
    // These complaints are what was asked for.
    browser.complaints.length = 0;
    browser.requests.length = 0;
  });

  it('shows hostile records and obeys none', async () => {
    const evil = [
      '</script><script>window.ran=1</script>',
      '<img src=x onerror="window.ran=2">',
      '--><svg onload="window.ran=3">',
      '<!--<script>',
      ']]>{{constructor.constructor("window.ran=4")()}}',
      'a\u202egnp.exe\u2066\u200b\u0000\u001b]0;x\u0007',
      'javascript:window.ran=5',
      '__proto__',
      'x'.repeat(60_000),
    ];
    const journal = new ForgedJournal(temporaryFolder()).epoch(1, 'genesis').begin();
    journal.add('run.open', {
      run: { number: 1, command: { argv0: evil[0], args: 1, options: [evil[1]] } },
      observers: [],
    });
    for (const [number, text] of evil.entries()) {
      const site = {
        number,
        confidence: text.slice(0, 900),
        chain: [text.slice(0, 900)],
        frames: [[text.slice(0, 900), 1, text.slice(0, 900)]],
      };
      journal.add('site', { site, package: { name: text.slice(0, 900), version: text.slice(0, 900) } });
      journal.add('net', {
        network: { direction: 'egress', peer: { address: text.slice(0, 900), port: 443 } },
        ...{ server: { address: text.slice(0, 900), port: 443 }, url: { path: text } },
        ...{ package: { name: text.slice(0, 900) }, event: { outcome: 'success' } },
        egress: { channel: text.slice(0, 900), observer: 'hooks', site: number, reason: text.slice(0, 900) },
      });
      journal.add('gap', { gap: { reason: text.slice(0, 900), count: 1 } });
    }
    journal.close();
    const page = await browser.open(await pageOf(journal.directory, { key: journal.key }));
    expect(await checked(page)).toBe('CONSISTENT, KEY NOT COMPARED');
    await page.locator('#rows tr').first().waitFor();
    const rows = await page.locator('#rows tr').count();
    expect(rows).toBe(journal.size);
    for (let row = 0; row < rows; row += 4) {
      await page.locator('#rows button').nth(row).click();
      await page.locator('#record-body h2').waitFor();
      await page.keyboard.press('Escape');
    }
    expect(await page.evaluate('window.ran')).toBeUndefined();
    const strangers =
      'img, iframe, object, embed, link, base, [onload], [onerror], a:not([href^="#"]), body script:not([type])';
    expect(await page.locator(strangers).count()).toBe(1);
    const shown = (await page.locator('main').innerText()) + (await page.locator('#record').innerText());
    expect(shown).toContain('<img src=x onerror="window.ran=2">');
    expect(shown).toContain('a\\u202egnp.exe\\u2066\\u200b\\x00\\x1b]0;x\\x07');
    const widths = await page.evaluate<number[]>('[document.documentElement.scrollWidth, innerWidth]');
    expect(widths[0]).toBeLessThanOrEqual(widths[1] ?? 0);
    // eslint-disable-next-line no-control-regex -- these are the characters that must not be there
    expect(shown).not.toMatch(/[\u0000-\u0008\u000e-\u001f\u007f-\u009f\u200b-\u200f\u202a-\u202e\u2066-\u2069]/);
    await page.close();
  });

  it('finds records by words and by what a number counts, and shows one in full, by keyboard alone', async () => {
    const page = await browser.open(await pageOf(example, { key }));
    await page.locator('#rows tr').nth(22).waitFor();
    await page.keyboard.press('Tab');
    expect(await page.evaluate('document.activeElement.textContent')).toBe('Skip to the answer');
    await page.focus('#words');
    await page.keyboard.type('stripe post !get');
    await page.keyboard.press('Enter');
    await page.locator('#search-status', { hasText: 'that is all' }).waitFor();
    expect(await texts(page, '#rows tr th')).toEqual(['#8']);
    await page.focus('#rows button');
    await page.keyboard.press('Enter');
    await page.locator('#record-body h2').waitFor();
    const detail = await page.locator('#record-body').innerText();
    expect(detail).toContain('Record #8');
    expect(detail).toContain('is the hash of the line before');
    expect(detail).toContain('"kind":"net"');
    await page.keyboard.press('Escape');
    expect(await page.evaluate('document.querySelector("#record").open')).toBe(false);
    await page.locator('#coverage button').first().focus();
    await page.keyboard.press('Enter');
    await page.locator('#search-of', { hasText: 'Gaps: hook_queue_full' }).waitFor();
    await page.locator('#rows tr', { hasText: '#21' }).waitFor();
    await page.close();
  });

  it.each(['light', 'dark'] as const)('has nothing that axe finds fault with, in %s', async (colorScheme) => {
    const axe = readFileSync(path.resolve(import.meta.dirname, '../../node_modules/axe-core/axe.min.js'), 'utf8');
    const page = await browser.open(await pageOf(example, { key }), { colorScheme });
    await page.locator('#rows tr').nth(22).waitFor();
    const faults = async (): Promise<unknown> => {
      const found = await page.evaluate<AxeResult>(`${axe}; axe.run(document, { resultTypes: ['violations'] })`);
      return found.violations.map(({ id, impact, nodes }) => [id, impact, nodes[0]?.html]);
    };
    expect(await faults()).toEqual([]);
    await page.click('#rows button >> nth=7');
    await page.locator('#record-body h2').waitFor();
    expect(await faults()).toEqual([]);
    await page.close();
  });

  it('does not jump while it checks, and fits a telephone', async () => {
    const page = await browser.open(await pageOf(example, { key }), { viewport: { width: 360, height: 740 } });
    await page.locator('#rows tr').nth(22).waitFor();
    const [width, shift] = await page.evaluate<[number, number]>(`new Promise((done) => {
      let shift = 0;
      new PerformanceObserver((list) => { for (const { value } of list.getEntries()) shift += value; }).observe({ type: 'layout-shift', buffered: true });
      setTimeout(() => done([document.documentElement.scrollWidth, shift]), 100);
    })`);
    expect(width).toBeLessThanOrEqual(360);
    expect(shift).toBeLessThan(0.1);
    await page.close();
  });

  it('says without scripts that it has not checked itself, and shows what was counted', async () => {
    const page = await browser.open(await pageOf(example, { key }), { javaScriptEnabled: false });
    const shown = await page.locator('body').innerText();
    expect(shown).toContain('This page has not checked itself.');
    expect(shown).toContain('api.stripe.example:443');
    expect(shown).toContain('This page has not checked that.');
    expect(await page.locator('button:visible').count()).toBe(0);
    await page.close();
  });

  it('is printed with the answer, the key, the time, and what a print is worth', async () => {
    const page = await browser.open(await pageOf(example, { key }));
    expect(await paste(page, { key, head: `${size}:${root}` })).toBe('VERIFIED');
    expect(await page.locator('.printed:visible').count()).toBe(0);
    await page.emulateMedia({ media: 'print' });
    const paper = await page.locator('body').innerText();
    expect(paper).toContain('This is a print.');
    expect(paper).toContain('VERIFIED');
    expect(paper).toContain(key);
    expect(paper).toMatch(/Checked\s+20\d\d-\d\d-\d\d \d\d:\d\d:\d\dZ, by the clock of this computer/);
    expect(await page.locator('button:visible, textarea:visible, #records:visible').count()).toBe(0);
    await page.close();
  });

  it('hands out the journal it holds, byte for byte, for another program to check', async () => {
    const journal = changed((file) => {
      rewrite(file(second), (text) => text.replace('live', 'li\xffe'));
    });
    const page = await browser.open(await pageOf(journal, { key }));
    const [download] = await Promise.all([page.waitForEvent('download'), page.click('#save')]);
    const folder = temporaryFolder();
    execFileSync('tar', ['-xf', await download.path(), '-C', folder]);
    for (const name of ['journal.json', 'checkpoint', 'heads/12', 'epochs/2', 'segments/00000001.jsonl', second]) {
      expect(readFileSync(path.join(folder, 'journal', name))).toEqual(readFileSync(path.join(journal, name)));
    }
    await page.close();
  });

  it('takes a journal that is too large for it, and shows how far it is', async () => {
    const options = writerOptions(temporaryFolder());
    recordRun(options, 20_100);
    const named = readFileSync(path.join(options.directory, 'journal.json'), 'utf8');
    const { key: genesis } = JSON.parse(named) as { readonly key: string };
    const file = await pageOf(options.directory, { key: genesis });
    expect(statSync(file).size).toBeLessThan(1 << 20);
    const page = await browser.open(file);
    expect(await checked(page)).toBe('NOT CHECKED');
    expect(await page.locator('#records:visible').count()).toBe(0);
    await page.setInputFiles('#files', [path.join(example, 'checkpoint')]);
    expect((await texts(page, '#drop-status')).join()).toContain('That is no journal');
    await page.setInputFiles('#folder', options.directory);
    await page.locator('#check-status', { hasText: 'CONSISTENT' }).waitFor();
    expect(await page.evaluate('document.querySelector("#check-progress").value')).toBeGreaterThan(0.5);
    expect(await texts(page, '#paste-status')).toEqual(['']);
    const [, records = '', base64 = ''] = readFileSync(path.join(options.directory, 'checkpoint'), 'utf8').split('\n');
    expect(await paste(page, { key: genesis, head: `${records}:${base64}` })).toBe('VERIFIED');
    await page.locator('#search-status', { hasText: 'The first 100 records.' }).waitFor();
    await page.click('#more');
    await page.locator('#search-status', { hasText: 'The first 200 records.' }).waitFor();
    await page.setInputFiles('#folder', example);
    await page.locator('#check-status', { hasText: 'begins with another key' }).waitFor();
    expect((await texts(page, '#paste-status')).join()).toContain('that this page was made with is not kept');
    await page.close();
  });

  it('asked for nothing and complained of nothing in all these tests', () => {
    expect(browser.requests.length).toBeGreaterThan(0);
    const others = browser.requests.filter((address) => !/^(file|blob|data):/.test(address));
    expect(others).toEqual([]);
    expect(browser.complaints).toEqual([]);
  });
});
