/** Name look-ups that the program asks for itself. Those within a connect are a phase of that call. */
import dns from 'node:dns';
import { isIP } from 'node:net';
import { HOST_CHARS_MAX } from '../../core/limits.js';
import { Call, errorCode } from '../call.js';
import { quote } from '../json-text.js';
import { replace, wrap } from '../patch.js';
import { apply, getPrototypeOf, now } from '../primordials.js';
import type { Foreign, ForeignFunction } from '../primordials.js';
import { isLookupImplicit } from './socket.js';
import { captureSite } from '../caller/stack.js';
import { channel, hookFailed, observing } from '../thread.js';

function question(name: unknown, type: string, above: ForeignFunction): Call | undefined {
  if (!observing() || isLookupImplicit() || typeof name !== 'string' || name === '' || isIP(name) !== 0)
    return undefined;
  const call = new Call('egress', 'dns', now());
  call.site = captureSite(above);
  call.extra = `,"q":${quote(name, HOST_CHARS_MAX)}` + (type === '' ? '' : `,"qt":"${type}"`);
  channel().begin(call);
  return call;
}

function answered(call: Call, error: unknown): void {
  try {
    if (error === null || error === undefined || error === 0) call.outcome = 'success';
    else call.fail(typeof error === 'string' ? error : errorCode(error) || 'ERR_UNKNOWN');
    channel().end(call);
  } catch {
    hookFailed();
  }
}

function ask(name: unknown, type: string, above: ForeignFunction): Call | undefined {
  try {
    return question(name, type, above);
  } catch {
    hookFailed();
    return undefined;
  }
}

function patchLookup(): void {
  const { lookup } = dns as Foreign;
  replace(dns, 'lookup', function observedLookup(this: Foreign, name: unknown, ...rest: Foreign[]) {
    const callback: unknown = rest.at(-1);
    const call = typeof callback === 'function' ? ask(name, '', observedLookup) : undefined;
    if (call !== undefined) {
      rest[rest.length - 1] = function (this: Foreign, error: unknown) {
        answered(call, error);
        return apply(callback as ForeignFunction, this, arguments);
      };
    }
    return apply(lookup, this, [name, ...rest]);
  });
  const { lookup: lookupPromise } = dns.promises as Foreign;
  replace(dns.promises, 'lookup', function observedLookup(this: Foreign, name: unknown) {
    const call = ask(name, '', observedLookup);
    const answer: Foreign = apply(lookupPromise, this, arguments);
    if (call === undefined) return answer;
    // The caller gets the promise that we waited on, so that a rejection nobody handles stays one.
    return answer.then(
      (address: unknown) => {
        answered(call, undefined);
        return address;
      },
      (error: unknown) => {
        answered(call, error);
        throw error;
      },
    );
  });
}

/** c-ares: every resolver, of callbacks or promises, asks through the methods of this handle. */
function patchResolver(): void {
  const { _handle: handle } = new dns.Resolver() as Foreign;
  const prototype: Foreign = getPrototypeOf(handle);
  for (const method of Object.getOwnPropertyNames(prototype)) {
    const type = /^query([A-Z][a-z]*|Any|Cname)$/.exec(method)?.[1]?.toUpperCase();
    if (type === undefined) continue;
    wrap(prototype, method, (original) => {
      return function query(this: Foreign, request: Foreign, name: unknown) {
        const call = ask(name, type, query);
        if (call !== undefined) {
          const complete: unknown = request.oncomplete;
          request.oncomplete = function (this: Foreign, error: unknown) {
            answered(call, error);
            return typeof complete === 'function' ? apply(complete, this, arguments) : undefined;
          };
        }
        return apply(original, this, arguments);
      };
    });
  }
}

export function patchDns(): void {
  patchLookup();
  patchResolver();
}
