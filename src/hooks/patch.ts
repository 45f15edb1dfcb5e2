/**
 * Every change that the hooks make to the program's world, with its undo. A patch that fails on some version of Node
 * is given up alone: the name of its channel goes into the greeting, and the rest works on.
 */
import { apply, defineProperty, getOwnPropertyDescriptor, getPrototypeOf, ownKeys } from './primordials.js';
import type { Foreign, ForeignFunction } from './primordials.js';

const undos: (() => void)[] = [];
const failures: [channel: string, reason: string][] = [];

export function disabledPatches(): readonly (readonly [channel: string, reason: string])[] {
  return failures;
}

/** Installs the patches of one channel; false if they could not be installed. */
export function attempt(channel: string, install: () => void): boolean {
  try {
    install();
    return true;
  } catch (error) {
    const code = (error as { code?: unknown } | null)?.code;
    failures.push([channel, typeof code === 'string' ? code : 'PATCH_FAILED']);
    return false;
  }
}

/** Replaces a property's value; its flags stay, and so do the name and length that a function shows. */
export function replace(owner: Foreign, key: PropertyKey, value: Foreign): void {
  const before = getOwnPropertyDescriptor(owner, key);
  const parent = getPrototypeOf(owner);
  const template = before ?? (parent === null ? undefined : getOwnPropertyDescriptor(parent, key));
  if (typeof value === 'function') {
    const original: Foreign = owner[key];
    if (typeof original === 'function') {
      // Name, length, and what hangs on the function: `util.promisify` looks there.
      for (const own of ownKeys(original)) {
        const shown = getOwnPropertyDescriptor(original, own);
        if (shown !== undefined && own !== 'prototype') defineProperty(value, own, shown);
      }
    }
  }
  const done = defineProperty(owner, key, {
    value,
    writable: true,
    configurable: true,
    enumerable: template?.enumerable ?? false,
  });
  if (!done) throw new TypeError('property is frozen');
  undos.push(() => {
    // Somebody who patched after us calls through us; taking their patch away would break them.
    if (owner[key] !== value) return;
    if (before === undefined)
      delete owner[key]; // eslint-disable-line @typescript-eslint/no-dynamic-delete
    else defineProperty(owner, key, before);
  });
}

/** Replaces a method that has to be there; `make` gets the original. */
export function wrap(owner: Foreign, key: PropertyKey, make: (original: ForeignFunction) => ForeignFunction): void {
  const original: Foreign = owner?.[key];
  if (typeof original !== 'function') throw new TypeError(`no ${String(key)} to patch`);
  replace(owner, key, make(original));
}

/**
 * Lets `observe` see events before the listeners do, without being a listener: those change how Node behaves. What the
 * prototype inherits is looked up at each call, since `node:domain` and others replace it.
 */
export function observeEmit(
  prototype: Foreign,
  observe: (self: Foreign, type: unknown, first: Foreign, second: Foreign, third: Foreign) => void,
): void {
  const own: ForeignFunction | undefined = getOwnPropertyDescriptor(prototype, 'emit')?.value;
  const parent: Foreign = getPrototypeOf(prototype);
  // `arguments` must not escape: V8 forwards them without making the object only as long as nothing else uses it.
  replace(
    prototype,
    'emit',
    function emit(this: Foreign, type: unknown, first: Foreign, second: Foreign, third: Foreign) {
      observe(this, type, first, second, third);
      return apply(own ?? parent.emit, this, arguments);
    },
  );
}

export function onUndo(undo: () => void): void {
  undos.push(undo);
}

/** Takes all patches back, newest first. */
export function undoAll(): void {
  for (let undo = undos.pop(); undo !== undefined; undo = undos.pop()) {
    try {
      undo();
    } catch {
      // A frozen owner: the patch stays and observes nothing any more.
    }
  }
}
