/**
 * A small process of the program's user (see user-files.ts): reads files for the recorder. A request is a line of JSON,
 * path and most bytes; an answer is its length in 4 bytes and the text. It ends with the recorder's end of the pipe.
 */
import { readSync, writeSync } from 'node:fs';
import { localFiles } from '../attribution/file-reader.js';

const IN = 0;
const OUT = 1;
const NO_TEXT = 0xffff_ffff;

function writeAll(bytes: Uint8Array): void {
  for (let at = 0; at < bytes.length;) at += writeSync(OUT, bytes, at);
}

function answer(line: string): void {
  const [file, bytesMax] = JSON.parse(line) as [string, number];
  const text = file === '' ? undefined : localFiles.readText(file, bytesMax);
  const bytes = Buffer.from(text ?? '');
  const header = Buffer.alloc(4);
  // Text with errors in it grows when it is written as UTF-8 again.
  const isText = text !== undefined && bytes.length <= bytesMax;
  header.writeUInt32LE(isText ? bytes.length : NO_TEXT);
  writeAll(header);
  if (isText) writeAll(bytes);
}

const chunk = Buffer.alloc(65_536);
let rest = '';
for (;;) {
  const count = readSync(IN, chunk);
  if (count === 0) break;
  const lines = (rest + chunk.toString('utf8', 0, count)).split('\n');
  rest = lines.pop() ?? '';
  lines.forEach(answer);
}
