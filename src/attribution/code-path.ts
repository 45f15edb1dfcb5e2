import path from 'node:path';
import { fileURLToPath } from 'node:url';

/** Longest path that Linux takes (PATH_MAX); what is longer is no file. */
const PATH_CHARS_MAX = 4_096;

/**
 * Absolute, normalised path of the file that a stack frame names, or undefined where it names none: `node:` modules,
 * `evalmachine.<anonymous>`, `[eval]`, an eval origin, a relative name, a Windows path on a machine that has none.
 * Modules loaded by `import` have `file:` URLs, perhaps with a query to get round the module cache.
 */
export function codePath(frameFile: string): string | undefined {
  if (frameFile.length > PATH_CHARS_MAX) return undefined;
  const file = frameFile.startsWith('file:///') ? decodeFileUrl(frameFile) : frameFile;
  return file?.startsWith('/') === true && !file.includes('\0') ? path.posix.normalize(file) : undefined;
}

function decodeFileUrl(url: string): string | undefined {
  try {
    return fileURLToPath(url, { windows: false });
  } catch {
    return undefined;
  }
}

/** An installed package as its path tells it. */
export interface InstalledPath {
  readonly name: string;
  /** Folder of the package. */
  readonly root: string;
}

const MODULES = '/node_modules/';
/** Letters, digits and URL-safe marks; scoped or not; upper case exists in old names. npm allows 214 characters. */
const NAME = /^(?:@[A-Za-z0-9~-][A-Za-z0-9._~-]*\/[A-Za-z0-9._~-]+|[A-Za-z0-9~-][A-Za-z0-9._~-]*)$/;
const NAME_CHARS_MAX = 214;

export function isPackageName(name: string): boolean {
  return name.length <= NAME_CHARS_MAX && NAME.test(name);
}

/** Whether a path lies in a `node_modules` folder, so belongs to somebody else than the application. */
export function isInstalled(file: string): boolean {
  return file.includes(MODULES);
}

/**
 * The innermost `node_modules` folder decides: that is right for nested installs, for pnpm
 * (`node_modules/.pnpm/NAME@VERSION/node_modules/NAME`) and for archives of Yarn. Undefined where the folder is no
 * package (`node_modules/.prisma/client`).
 */
export function installedPath(file: string): InstalledPath | undefined {
  const at = file.lastIndexOf(MODULES);
  if (at < 0) return undefined;
  const start = at + MODULES.length;
  const segments = file.slice(start).split('/', 2);
  const name = segments[0]?.startsWith('@') === true ? segments.join('/') : (segments[0] ?? '');
  // A file that lies in node_modules itself is in no package.
  if (!isPackageName(name) || file.length <= start + name.length) return undefined;
  return { name, root: file.slice(0, start + name.length) };
}
