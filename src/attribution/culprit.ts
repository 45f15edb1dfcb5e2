import type { Confidence } from '../event/reference-record.js';
import type { CodePackage } from './package-finder.js';
import { hasOwnQueue, roleOf } from './package-roles.js';

/** Which package wanted a call. */
export interface Culprit {
  readonly package?: CodePackage;
  readonly confidence: Confidence;
  /** Nothing but libraries that call for others was on the stack; whoever used them is not known. */
  readonly chainLost: boolean;
}

/**
 * Walks outwards from the socket: transports, monitors and utilities call for somebody else and are passed over. The
 * walk ends at the application, at a framework once a package was found, or where a module is being loaded (whoever
 * requires it did not ask for what it does then); the outermost package before that end wanted the call. Where there is none it was the application itself; without one the framework; without that it is
 * only known which transport carried the call.
 * @param stack innermost first; undefined for code whose package cannot be told (eval, vm)
 */
export function findCulprit(stack: readonly (CodePackage | 'loading' | undefined)[]): Culprit {
  let found: CodePackage | undefined;
  let framework: CodePackage | undefined;
  let transport: CodePackage | undefined;
  let unclear = false;
  let onlyQueues = true;
  for (const code of stack) {
    if (!code) {
      unclear = true;
      continue;
    }
    if (code === 'loading') {
      if (found) return { ...judge(found, unclear, 'high'), chainLost: false };
      continue;
    }
    if (code.firstParty) return { ...judge(found ?? code, unclear, 'high'), chainLost: false };
    const role = roleOf(code.name);
    if (role === 'other') {
      found = code;
      onlyQueues &&= hasOwnQueue(code.name);
    } else if (role === 'framework') {
      // Before anything was found, the framework itself calls (`listen`, say), for whoever called it.
      if (found) return { ...judge(found, unclear, 'medium'), chainLost: false };
      framework = code;
    } else {
      transport = code;
    }
  }
  if (found && !onlyQueues) return { ...judge(found, unclear, 'medium'), chainLost: false };
  if (framework && !found) return { ...judge(framework, unclear, 'medium'), chainLost: false };
  const carrier = found ?? transport;
  return carrier ? { ...judge(carrier, unclear, 'low'), chainLost: true } : { confidence: 'none', chainLost: false };
}

/** The best confidence that a place in the walk allows, lowered by what is not clear about it. */
function judge(code: CodePackage, unclear: boolean, best: 'high' | 'medium' | 'low'): Omit<Culprit, 'chainLost'> {
  if (unclear || best === 'low') return { package: code, confidence: 'low' };
  return { package: code, confidence: code.documented ? best : 'medium' };
}
