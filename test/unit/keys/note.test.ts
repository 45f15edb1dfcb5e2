import { describe, expect, it } from 'vitest';
import { parseNote, signNote, verifyNote } from '../../../src/keys/note.js';
import { verifySignature } from '../../../src/keys/ed25519.js';
import { signerFromSeed } from '../../../src/keys/signer.js';
import { parseVerifierKey, verifierKey } from '../../../src/keys/verifier-key.js';

const signer = signerFromSeed(new Uint8Array(32).fill(3));
const key = verifierKey('log.example/1', signer.publicKey);
const note = signNote('log.example/1\n7\nroot\n', key, signer);
const text = Buffer.from(note).toString('utf8');
const parse = (changed: string): unknown => parseNote(Buffer.from(changed, 'utf8'));

describe('a signed note', () => {
  it('comes back as it was signed', () => {
    const parsed = parseNote(note);
    expect(parsed.text).toBe('log.example/1\n7\nroot\n');
    expect(verifyNote(parsed, key, verifySignature)).toBe(true);
  });

  it('is not good for another key, name or text', () => {
    const other = signerFromSeed(new Uint8Array(32).fill(4));
    expect(verifyNote(parseNote(note), verifierKey('log.example/1', other.publicKey), verifySignature)).toBe(false);
    expect(verifyNote(parseNote(note), verifierKey('log.example/2', signer.publicKey), verifySignature)).toBe(false);
    expect(verifyNote(parseNote(Buffer.from(text.replace('7', '8'))), key, verifySignature)).toBe(false);
  });

  it('is good only with one signature: what others added is not ours to judge', () => {
    const line = text.slice(text.indexOf('—'));
    expect(verifyNote(parseNote(Buffer.from(text + line)), key, verifySignature)).toBe(false);
  });

  it.each([
    ['no final newline', text.slice(0, -1)],
    ['two final newlines', `${text}\n`],
    ['a carriage return', text.replace('\n', '\r\n')],
    ['a NUL', text.replace('7', '\0')],
    ['no empty line', text.replace('\n\n', '\n')],
    ['no signature', text.slice(0, text.indexOf('—'))],
    ['a hyphen for the dash', text.replace('—', '-')],
    ['two spaces', text.replace('— ', '—  ')],
    ['a byte order mark in the signature', text.replace('—', '\ufeff—')],
    [
      'base64 with bits left over',
      text
        .replace(/([A-Za-z0-9+/])=\n$/, (_all, last: string) => `${last === 'A' ? 'B' : 'A'}=\n`)
        .replace(/A=\n$/, 'B=\n'),
    ],
    ['unpadded base64', text.replace(/=+\n$/, '\n')],
    ['nothing', ''],
    ['too much', `${'x'.repeat(20_000)}${text}`],
  ])('is refused with %s', (_name, changed) => {
    expect(() => parse(changed)).toThrow(expect.objectContaining({ code: 'NOTE_INVALID' }));
  });

  it('is refused if it is not UTF-8', () => {
    const bytes = Buffer.from(text);
    bytes[0] = 0xff;
    expect(() => parseNote(bytes)).toThrow(expect.objectContaining({ code: 'NOTE_INVALID' }));
  });
});

describe('a verifier key', () => {
  it('has one text', () => {
    expect(parseVerifierKey(key.text)).toEqual(key);
  });

  it('is that of a public log', () => {
    const parsed = parseVerifierKey('example.com/log/testdata+33d7b496+AeHTu4Q3hEIMHNqc6fASMsq3rKNx280NI+oO5xCFkkSx');
    expect(parsed.name).toBe('example.com/log/testdata');
    expect(Buffer.from(parsed.id).toString('hex')).toBe('33d7b496');
  });

  it.each([
    '',
    'name',
    'name+33d7b496',
    'name+33D7B496+AeHTu4Q3hEIMHNqc6fASMsq3rKNx280NI+oO5xCFkkSx',
    'other+33d7b496+AeHTu4Q3hEIMHNqc6fASMsq3rKNx280NI+oO5xCFkkSx',
    'example.com/log/testdata+33d7b497+AeHTu4Q3hEIMHNqc6fASMsq3rKNx280NI+oO5xCFkkSx',
    'example.com/log/testdata+33d7b496+BOHTu4Q3hEIMHNqc6fASMsq3rKNx280NI+oO5xCFkkSx',
    'example.com/log/testdata+33d7b496+AeHTu4Q3hEIMHNqc6fASMsq3rKNx280NI+oO5xCFkkSy=',
    'exa mple+33d7b496+AeHTu4Q3hEIMHNqc6fASMsq3rKNx280NI+oO5xCFkkSx',
  ])('is refused as %j', (changed) => {
    expect(() => parseVerifierKey(changed)).toThrow(expect.objectContaining({ code: 'KEY_INVALID' }));
  });
});
