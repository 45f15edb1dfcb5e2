/** From a stored call to the flow that it belongs to. */
import type { RecordView } from '../../event/record-view.js';
import { destinationOf, isInboundCall } from '../stored/call-facts.js';
import type { FlowIdentity, FlowTotals } from './flow.js';
import type { SegmentContext } from './segment-context.js';

export const HOST_CHARS_MAX = 255;
export const NAME_CHARS_MAX = 214;
const CODE_CHARS_MAX = 32;
const ASKED_BY_MAX = 16;

/** The flow that a call belongs to. */
export function identityOf(
  view: RecordView,
  context: Pick<SegmentContext, 'site'>,
  judgement: Pick<FlowIdentity, 'class' | 'rule' | 'vendor'>,
): FlowIdentity {
  const { host, port } = destinationOf(view);
  const site = context.site(view);
  const name = view.text('package', 'name')?.slice(0, NAME_CHARS_MAX);
  const version = site?.text('package', 'version')?.slice(0, NAME_CHARS_MAX);
  const program = view.text('process', 'name')?.slice(0, NAME_CHARS_MAX);
  const protocol = view.text('network', 'protocol')?.slice(0, CODE_CHARS_MAX);
  const because = view.text('egress', 'reason')?.slice(0, CODE_CHARS_MAX);
  return {
    direction: isInboundCall(view) ? 'ingress' : 'egress',
    ...(host === undefined ? {} : { host: host.slice(0, HOST_CHARS_MAX) }),
    ...(port === undefined ? {} : { port }),
    channel: (view.text('egress', 'channel') ?? '?').slice(0, CODE_CHARS_MAX),
    ...(protocol === undefined ? {} : { protocol }),
    observer: (view.text('egress', 'observer') ?? '?').slice(0, CODE_CHARS_MAX),
    ...(because === undefined ? {} : { because }),
    ...(program === undefined ? {} : { program }),
    ...(name === undefined ? {} : { package: name }),
    ...(version === undefined ? {} : { version }),
    thirdParty: name !== undefined && isInstalled(name, site),
    ...judgement,
  };
}

/** Who depends on the culprit, as its call site says it. */
export function askedByOf(site: RecordView | undefined): Pick<FlowTotals, 'askedBy'> {
  if (site?.has('site', 'asked_by') !== true) return {};
  const names = site.texts('site', 'asked_by').slice(0, ASKED_BY_MAX);
  return { askedBy: names.map((name) => name.slice(0, NAME_CHARS_MAX)) };
}

/** Whether the package's code was loaded from node_modules, and not from the program's own folder. */
function isInstalled(name: string, site: RecordView | undefined): boolean {
  const folder = `node_modules/${name}/`;
  return site?.tuples('site', 'frames').some(([file]) => String(file).includes(folder)) ?? false;
}
