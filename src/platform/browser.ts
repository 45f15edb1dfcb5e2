/**
 * What the code that reads and checks a journal asks of the machine, from a browser: files that the evidence page
 * holds or was given, and hash functions that answer at once. Nothing here reaches beyond the page.
 */
import { sha256, sha512 as noble512 } from '@noble/hashes/sha2.js';
import { bytesToHex } from '@noble/hashes/utils.js';
import { HOST_DELIMITER } from './host-delimiter.js';
import type * as node from './node.js';

/** A file by its size and its bytes. */
export interface StoredFile {
  readonly size: number;
  read(from: number, to: number): Uint8Array;
}

let stored: ReadonlyMap<string, StoredFile> = new Map();

/** Makes these the files that there are, by their path. */
export function mountFiles(files: ReadonlyMap<string, StoredFile>): void {
  stored = files;
}

const failure = (code: string, path = ''): Error => Object.assign(new Error(`${code}: ${path}`), { code });

const descriptors = new Map<number, { readonly file: StoredFile; position: number }>();
let nextDescriptor = 3;

function openSync(path: string): number {
  const file = stored.get(path);
  if (file === undefined) throw failure('ENOENT', path);
  const fd = nextDescriptor;
  nextDescriptor += 1;
  descriptors.set(fd, { file, position: 0 });
  return fd;
}

function opened(fd: number): { readonly file: StoredFile; position: number } {
  const open = descriptors.get(fd);
  if (open === undefined) throw failure('EBADF');
  return open;
}

function readSync(fd: number, into: Uint8Array, offset: number, length: number, position: number | null): number {
  const open = opened(fd);
  const from = position ?? open.position;
  const bytes = open.file.read(from, Math.min(open.file.size, from + length));
  into.set(bytes, offset);
  if (position === null) open.position += bytes.length;
  return bytes.length;
}

const isFolder = (path: string): boolean => [...stored.keys()].some((name) => name.startsWith(`${path}/`));

const statOf = (size: number, folder: boolean): object => ({
  ...{ size, isFile: () => !folder, isDirectory: () => folder },
});

function lstatSync(path: string, options?: { readonly throwIfNoEntry?: boolean }): object | undefined {
  const file = stored.get(path);
  if (file !== undefined) return statOf(file.size, false);
  if (isFolder(path)) return statOf(0, true);
  if (options?.throwIfNoEntry === false) return undefined;
  throw failure('ENOENT', path);
}

function readdirSync(folder: string): string[] {
  const names = [...stored.keys()].filter((path) => path.startsWith(`${folder}/`));
  if (names.length === 0) throw failure('ENOENT', folder);
  return [...new Set(names.map((path) => path.slice(folder.length + 1).split('/')[0] ?? ''))];
}

const refuse = (): never => {
  throw failure('EROFS');
};

/** A page writes no file; every way to do so is refused. */
export const fileSystem = {
  openSync,
  readSync,
  lstatSync,
  readdirSync,
  closeSync: (fd: number) => void descriptors.delete(fd),
  fstatSync: (fd: number) => statOf(opened(fd).file.size, false),
  realpathSync: (path: string) => path,
  ...{
    writeSync: refuse,
    fsyncSync: refuse,
    fdatasyncSync: refuse,
    fdatasync: refuse,
    fchmodSync: refuse,
    fchownSync: refuse,
  },
  ...{ mkdirSync: refuse, renameSync: refuse, unlinkSync: refuse },
} as unknown as node.FileSystem;

export const openFlags: node.OpenFlags = {};

export const joinPath: typeof node.joinPath = (folder, name) => `${folder}/${name}`;

export const parentPath: typeof node.parentPath = (file) => file.slice(0, Math.max(0, file.lastIndexOf('/')));

export const relativePath: typeof node.relativePath = (folder, file) => file.slice(folder.length + 1);

export const sha256Hex: typeof node.sha256Hex = (bytes) => bytesToHex(sha256(bytes));

export const putSha256: typeof node.putSha256 = (bytes, target, at) => {
  target.set(sha256(bytes), at);
};

export const sha256OfParts: typeof node.sha256OfParts = () => {
  const parts = sha256.create();
  return { update: (part) => void parts.update(part), hex: () => bytesToHex(parts.digest()) };
};

export const sha512: typeof node.sha512 = (bytes) => new Uint8Array(noble512(bytes));

/** There is no quick answer here: each signature is decided exactly. */
export const acceptsSignature: typeof node.acceptsSignature = () => false;

export const isIP: typeof node.isIP = (text) => {
  if (/^(?:(?:25[0-5]|2[0-4]\d|1?\d?\d)(?:\.(?!$)|$)){4}$/.test(text)) return /\.0\d|^0\d/.test(text) ? 0 : 4;
  const [address = '', ...zone] = text.split('%');
  if (!/^[0-9a-f:.]+$/i.test(address) || !address.includes(':') || zone.length > 1 || zone[0] === '') return 0;
  return URL.canParse(`http://[${address}]`) ? 6 : 0;
};

export const domainToASCII: typeof node.domainToASCII = (host) => {
  if (host === '' || HOST_DELIMITER.test(host)) return '';
  const url = `http://${host}`;
  return URL.canParse(url) ? new URL(url).hostname : '';
};
