/** The tables of a comparison: the same as text and as Markdown. */
import { printable } from '../../core/printable.js';
import { packageText } from '../model/group-text.js';
import { receivedText, sentText } from '../model/sizes.js';
import type { ReportTable } from '../model/report-tables.js';
import { endpointText } from '../text/endpoint-text.js';
import { countText } from '../text/quantity-text.js';
import type { Column } from '../text/table.js';
import type { Caller, Place } from './side.js';
import type { PackageChange, TrafficDiff } from './traffic-diff.js';

const CALLS: Column = { title: 'Calls', align: 'right' };
const SENT: Column = { title: 'Sent', align: 'right' };
const WHO: Column = { title: 'Package', align: 'left', max: 40 };
const WHERE: Column = { title: 'Destination', align: 'left', grows: true };
const NAMES_SHOWN = 3;

function placeText({ host, port, channel, anyPort }: Place): string {
  if (anyPort === true) return `${endpointText(host, undefined)}, ports at random`;
  const where = endpointText(host, port);
  return channel === 'net' ? where : `${where} ${channel}`;
}

/** The package with its version, where there is one only. */
function callerText({ package: name, program, versions }: Caller): string {
  const [version] = versions;
  const shown = versions.size === 1 && version !== undefined ? { version } : {};
  const who = name === undefined ? (program === undefined ? {} : { program }) : { package: name };
  return packageText({ ...who, ...shown, isRest: false });
}

function callersText({ callers }: Place): string {
  const names = [...callers.values()].map(callerText);
  const more = names.length - NAMES_SHOWN;
  return `${names.slice(0, NAMES_SHOWN).join(', ')}${more > 0 ? ` and ${more} more` : ''}`;
}

function placesTable(title: string, places: readonly Place[]): ReportTable {
  const rows = places.map((place) => ({
    cells: [placeText(place), String(place.calls), sentText(place), callersText(place)],
  }));
  return { title, columns: [WHERE, CALLS, SENT, WHO], rows, none: 'None.' };
}

function callersTable(title: string, callers: TrafficDiff['added']['callers']): ReportTable {
  const rows = callers.map(({ place, caller }) => ({
    cells: [callerText(caller), placeText(place), String(caller.calls), sentText(caller)],
  }));
  return { title, columns: [WHO, WHERE, CALLS, SENT], rows, none: 'None.' };
}

const KINDS: Readonly<Record<PackageChange['kind'], string>> = { new: 'new', gone: 'gone', version: 'other version' };

function packagesTable(packages: readonly PackageChange[]): ReportTable {
  const versions = (list: readonly string[]): string =>
    list.length === 0 ? '–' : printable(list.join(', '), { max: 40 });
  const rows = packages.map(({ caller, kind, old, new: now }) => ({
    cells: [callerText({ ...caller, versions: new Set() }), KINDS[kind], versions(old), versions(now)],
  }));
  const columns: readonly Column[] = [
    { ...WHO, grows: true },
    { title: 'Change', align: 'left' },
    { title: 'Old', align: 'left' },
    { title: 'New', align: 'left' },
  ];
  return { title: 'Packages that call', columns, rows, none: 'None.' };
}

function volumesTable({ volumes }: TrafficDiff): ReportTable {
  const rows = volumes.map(({ place, old, new: now }) => ({
    cells: [
      placeText(place),
      ...[String(old.calls), String(now.calls), sentText(old), sentText(now)],
      ...[receivedText(old), receivedText(now)],
    ],
  }));
  const pair = (name: string): readonly Column[] => [
    { title: name, align: 'right' },
    { title: 'now', align: 'right' },
  ];
  const columns = [WHERE, ...pair('Calls'), ...pair('Sent'), ...pair('Received')];
  return { title: 'Volumes that changed', columns, rows, none: 'None.' };
}

/** Those that say something, what is new first. */
export function diffTables(diff: TrafficDiff): readonly ReportTable[] {
  const { added, gone } = diff;
  return [
    placesTable('New destinations', added.places),
    callersTable('New callers of known destinations', added.callers),
    placesTable('Gone destinations', gone.places),
    callersTable('Gone callers', gone.callers),
    packagesTable(diff.packages),
    volumesTable(diff),
  ].filter(({ rows }) => rows.length > 0);
}

/** The answer, in one line. */
export function diffHeadline({ verdict, added, old, new: now }: TrafficDiff): string {
  const many = `${countText(now.calls, 'outbound call')}, before ${old.calls}`;
  if (verdict === 'nothing_new') return `✓ NOTHING NEW   in ${many}`;
  if (verdict === 'incomplete') return `? INCOMPLETE   nothing new in ${many}, but not all was seen`;
  const parts = [
    ...(added.places.length > 0 ? [countText(added.places.length, 'destination')] : []),
    ...(added.callers.length > 0 ? [`${countText(added.callers.length, 'caller')} of known ones`] : []),
  ];
  return `! NEW   ${parts.join(', ')}, in ${many}`;
}
