/** A call that nobody made yet: what would a policy say of it? */
import { isIP } from '#platform';
import type { PolicyCall } from './call.js';
import { parseDestination } from './destination.js';

export interface AskedCaller {
  /** `name` or `name@version`. */
  readonly package?: string | undefined;
  /** Path of an executable. */
  readonly process?: string | undefined;
  /** Of HTTP. */
  readonly method?: string | undefined;
}

/**
 * It is taken to send nothing.
 * @param text a destination as in a policy, without wildcards; port 443 where it names none
 * @param time RFC 3339, UTC
 * @returns a sentence that says what is wrong, or the call
 */
export function parseAskedCall(text: string, caller: AskedCaller, time: string): PolicyCall | string {
  const destination = parseDestination(text, 443);
  if (typeof destination === 'string') return destination;
  const at = caller.package?.indexOf('@', 1) ?? -1;
  const [name, version] = at < 0 ? [caller.package] : [caller.package?.slice(0, at), caller.package?.slice(at + 1)];
  const known = {
    ...{ packageName: name, packageVersion: version, executable: caller.process, method: caller.method?.toUpperCase() },
    ...{ address: undefined, port: undefined, sent: 0, isLookup: false, time },
  };
  if ('unix' in destination) return { ...known, host: destination.unix, transport: 'unix' };
  const { target, port, transport } = destination;
  if (target.text.includes('*') || target.text.includes('/')) return 'a call goes to one host';
  if (port === undefined) return 'a call goes to one port';
  const address = isIP(target.text) === 0 ? undefined : target.text;
  return { ...known, host: target.text, address, port, transport };
}
