import { BODY_BYTES_MAX } from '../core/limits.js';
import { CHANNELS, type Channel } from '../event/frame.js';
import { suggestion } from '../core/suggestion.js';
import { formatBytes, formatMillis, parseBytes, parseMillis } from './quantity.js';
import { parseHeaderName } from './safe-header.js';

export const REDACTIONS = ['default', 'strict'] as const;
type Redaction = (typeof REDACTIONS)[number];

/** What is forced to disk before a batch counts as written. Signed heads are always preceded by a sync. */
export const DURABILITIES = ['none', 'batch', 'always'] as const;
type Durability = (typeof DURABILITIES)[number];

/** `require`: do not start the program where the kernel cannot be observed. */
export const KERNEL_MODES = ['auto', 'require', 'off'] as const;
type KernelMode = (typeof KERNEL_MODES)[number];

/** io_uring makes connections that nobody sees: refused, programs fall back to calls that are seen. */
export const IO_URING_MODES = ['deny', 'allow'] as const;
type IoUringMode = (typeof IO_URING_MODES)[number];

/** Everything that can be set. No member can make a journal hold a body, or switch forensic capture on. */
export interface SettingValues {
  /** The master switch: off means that `run` starts the program and records nothing. */
  readonly enabled: boolean;
  readonly journal: string;
  readonly disabledChannels: readonly Channel[];
  readonly redaction: Redaction;
  /** Lower-case names of further headers whose values are kept. */
  readonly safeHeaders: readonly string[];
  readonly segmentBytesMax: number;
  readonly headIntervalMs: number;
  readonly durability: Durability;
  /** Largest request body that is fingerprinted; 0 switches fingerprints off. */
  readonly fingerprintBytesMax: number;
  /** What is kept of one body while an officer has switched forensic capture on. */
  readonly bodyBytesMax: number;
  /** Whether segments get file flags that keep even their owner from changing them, where that can be done. */
  readonly enforce: boolean;
  readonly kernel: KernelMode;
  readonly ioUring: IoUringMode;
}

export type SettingName = keyof SettingValues;

/** How one setting is named outside, and how its text is read. */
export interface Definition<T> {
  /** In a config file, and in `run.open`. */
  readonly key: string;
  readonly env: string;
  readonly fallback: T;
  /** @throws Error that says what the text should have been, without naming the setting */
  readonly parse: (text: string) => T;
  readonly format: (value: T) => string;
}

const LIST_ITEMS_MAX = 64;
const MIB = 1024 * 1024;

function oneOf<T extends string>(names: readonly T[]): (text: string) => T {
  return (text) => {
    const known = names.find((name) => name === text);
    if (known !== undefined) return known;
    const meant = suggestion(text, names);
    throw new Error(`"${text}" is none of ${names.join(', ')}${meant === undefined ? '' : `. ${meant}`}`);
  };
}

function parseSwitch(text: string): boolean {
  if (/^(true|on|yes|1)$/i.test(text)) return true;
  if (/^(false|off|no|0)$/i.test(text)) return false;
  throw new Error(`"${text}" is neither on nor off`);
}

/** Items of a comma-separated list, each once. */
function listOf<T extends string>(parseItem: (text: string) => T): (text: string) => readonly T[] {
  return (text) => {
    const items = text.split(',').map((item) => item.trim());
    const list = [...new Set(items.filter((item) => item !== '').map(parseItem))];
    if (list.length > LIST_ITEMS_MAX) throw new Error(`more than ${LIST_ITEMS_MAX} items`);
    return list;
  };
}

function parsePath(text: string): string {
  if (text === '' || text.includes('\0')) throw new Error('not a path');
  return text;
}

const formatList = (list: readonly string[]): string => list.join(',');

/** The settings, in the order in which they are shown. */
export const DEFINITIONS: { readonly [N in SettingName]: Definition<SettingValues[N]> } = {
  enabled: {
    key: 'enabled',
    env: 'EGRESS_ENABLED',
    fallback: true,
    parse: parseSwitch,
    format: (on) => (on ? 'on' : 'off'),
  },
  journal: { key: 'journal', env: 'EGRESS_JOURNAL', fallback: '.egress', parse: parsePath, format: (path) => path },
  disabledChannels: {
    key: 'disabled_channels',
    env: 'EGRESS_DISABLED_CHANNELS',
    fallback: [],
    parse: listOf(oneOf(CHANNELS)),
    format: formatList,
  },
  redaction: {
    key: 'redaction',
    env: 'EGRESS_REDACTION',
    fallback: 'default',
    parse: oneOf(REDACTIONS),
    format: (name) => name,
  },
  safeHeaders: {
    key: 'safe_headers',
    env: 'EGRESS_SAFE_HEADERS',
    fallback: [],
    parse: listOf(parseHeaderName),
    format: formatList,
  },
  segmentBytesMax: {
    key: 'segment_size',
    env: 'EGRESS_SEGMENT_SIZE',
    fallback: 64 * MIB,
    // A segment has to hold its opening records and one line of the greatest length.
    parse: parseBytes({ min: 128 * 1024, max: 1024 * MIB }),
    format: formatBytes,
  },
  headIntervalMs: {
    key: 'head_interval',
    env: 'EGRESS_HEAD_INTERVAL',
    fallback: 10_000,
    parse: parseMillis({ min: 1_000, max: 3_600_000 }),
    format: formatMillis,
  },
  durability: {
    key: 'durability',
    env: 'EGRESS_DURABILITY',
    fallback: 'batch',
    parse: oneOf(DURABILITIES),
    format: (name) => name,
  },
  fingerprintBytesMax: {
    key: 'fingerprint_size',
    env: 'EGRESS_FINGERPRINT_SIZE',
    fallback: MIB,
    parse: parseBytes({ min: 0, max: 64 * MIB }),
    format: formatBytes,
  },
  bodyBytesMax: {
    key: 'body_size',
    env: 'EGRESS_BODY_SIZE',
    fallback: MIB,
    parse: parseBytes({ min: 1_024, max: BODY_BYTES_MAX }),
    format: formatBytes,
  },
  enforce: {
    key: 'enforce',
    env: 'EGRESS_ENFORCE',
    // Never by default: a build machine could not clean its folders up any more.
    fallback: false,
    parse: parseSwitch,
    format: (on) => (on ? 'on' : 'off'),
  },
  kernel: {
    key: 'kernel',
    env: 'EGRESS_KERNEL',
    fallback: 'auto',
    parse: oneOf(KERNEL_MODES),
    format: (mode) => mode,
  },
  ioUring: {
    key: 'io_uring',
    env: 'EGRESS_IO_URING',
    fallback: 'deny',
    parse: oneOf(IO_URING_MODES),
    format: (mode) => mode,
  },
};

export const SETTING_NAMES = Object.keys(DEFINITIONS) as readonly SettingName[];
