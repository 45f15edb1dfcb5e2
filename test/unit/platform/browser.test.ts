import fc from 'fast-check';
import { afterEach, expect, test } from 'vitest';
import * as browser from '../../../src/platform/browser.js';
import * as node from '../../../src/platform/node.js';

afterEach(() => {
  browser.mountFiles(new Map());
});

const mount = (files: Readonly<Record<string, string>>): void => {
  const entries = Object.entries(files).map(([path, text]) => {
    const bytes = Buffer.from(text);
    return [path, { size: bytes.length, read: (from: number, to: number) => bytes.subarray(from, to) }] as const;
  });
  browser.mountFiles(new Map(entries));
};

test('a browser hashes like Node', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 300 }), fc.uint8Array({ maxLength: 300 }), (a, b) => {
      expect(browser.sha256Hex(a)).toBe(node.sha256Hex(a));
      expect(browser.sha512(a)).toEqual(node.sha512(a));
      const [ours, theirs] = [browser.sha256OfParts(), node.sha256OfParts()];
      for (const parts of [ours, theirs]) {
        parts.update(a);
        parts.update(b);
      }
      expect(ours.hex()).toBe(theirs.hex());
    }),
  );
});

test('a browser knows an IP address like Node', () => {
  const texts = ['127.0.0.1', '0.0.0.0', '255.255.255.255', '256.0.0.1', '1.2.3', '1.2.3.4.5', '01.2.3.4', '1.2.3.4 '];
  const more = ['::', '::1', 'fe80::1%eth0', 'fe80::1%', '2001:db8::1', '::ffff:1.2.3.4', '1::2::3', ':::', 'g::1'];
  for (const text of [...texts, ...more, '', '1.2.3.4.', '.1.2.3.4', '1:2:3:4:5:6:7:8', '1:2:3:4:5:6:7:8:9']) {
    expect([text, browser.isIP(text)]).toEqual([text, node.isIP(text)]);
  }
  const anything = fc.oneof(fc.ipV4(), fc.ipV6(), fc.ipV4Extended(), fc.stringMatching(/^[0-9a-f:.]{0,20}$/));
  fc.assert(fc.property(anything, (text) => browser.isIP(text) === node.isIP(text)));
});

test('a browser writes a host name in ASCII like Node', () => {
  const names = ['bücher.example', 'пример.example', 'EXAMPLE.test', 'straße.example', '例え.example', 'a b.example'];
  for (const name of [...names, '', 'a/b', 'a?b', 'a#b', 'user@host', 'host:80', 'xn--bcher-kva.example']) {
    expect([name, browser.domainToASCII(name)]).toEqual([name, node.domainToASCII(name)]);
  }
  expect(node.domainToASCII('bücher.example/more')).toBe('');
});

test('mounted files are read and listed', () => {
  mount({ 'j/journal.json': 'hello', 'j/heads/7': 'a', 'j/heads/9': 'b' });
  const { fileSystem } = browser;
  expect(fileSystem.readdirSync('j').sort()).toEqual(['heads', 'journal.json']);
  expect(fileSystem.readdirSync('j/heads').sort()).toEqual(['7', '9']);
  expect(fileSystem.lstatSync('j/heads').isDirectory()).toBe(true);
  const fd = fileSystem.openSync('j/journal.json', 0);
  const buffer = Buffer.alloc(8);
  expect(fileSystem.fstatSync(fd).size).toBe(5);
  expect(fileSystem.readSync(fd, buffer, 0, 3, null)).toBe(3);
  expect(fileSystem.readSync(fd, buffer, 3, 5, null)).toBe(2);
  expect(fileSystem.readSync(fd, buffer, 0, 5, 5)).toBe(0);
  expect(buffer.subarray(0, 5).toString()).toBe('hello');
  fileSystem.closeSync(fd);
  expect(() => fileSystem.readSync(fd, buffer, 0, 1, 0)).toThrow('EBADF');
});

test('what is not there is missing as it is in Node, and nothing is written', () => {
  const { fileSystem } = browser;
  for (const call of [() => fileSystem.openSync('x', 0), () => fileSystem.readdirSync('x')]) {
    expect(call).toThrow(expect.objectContaining({ code: 'ENOENT' }));
  }
  expect(fileSystem.lstatSync('x', { throwIfNoEntry: false })).toBeUndefined();
  expect(() => {
    fileSystem.unlinkSync('x');
  }).toThrow(expect.objectContaining({ code: 'EROFS' }));
});
