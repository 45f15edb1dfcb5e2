import { segmentName } from '../../journal/folder/layout.js';
import type { RecordView } from '../../event/record-view.js';
import type { RecordContext } from '../stored/record-context.js';
import type { Explanation } from '../policy/policy-explanation.js';
import { notShown } from './show-text.js';

const stored = (view: RecordView | undefined) => view?.toObject();

/** What `show --json` prints; its members are described in docs/CLI_JSON.md. */
export function showJson(context: RecordContext, policy: Explanation | undefined): Readonly<Record<string, unknown>> {
  const { view, run, process, site, headers, end, chain, head } = context;
  const { segment, line, offset, bytes } = context.stored;
  return {
    record: stored(view),
    run,
    process: stored(process),
    site: stored(site),
    headers: stored(headers),
    end: stored(end),
    policy,
    chain: { file: `segments/${segmentName(segment)}`, line, offset, bytes: bytes.length, ...chain, head },
    not_shown: notShown(context),
  };
}
