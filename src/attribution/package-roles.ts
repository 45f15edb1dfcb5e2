/**
 * What a package on the stack means for the question "who wanted this call?". All knowledge about single packages is
 * in this file. `@scope/*` stands for every package of a scope. There is no other wildcard: anybody can publish a name that
 * begins like a well-known one, and would then be passed over.
 */

/** Carries calls for whoever uses it; never the one who wanted them. */
const TRANSPORTS = [
  '@elastic/transport',
  '@esm-bundle/*',
  '@fastify/busboy',
  '@mswjs/interceptors',
  '@open-draft/*',
  '@smithy/*',
  '@szmarczak/*',
  'agent-base',
  'agentkeepalive',
  'axios',
  'axios-retry',
  'bent',
  'cacheable-lookup',
  'cacheable-request',
  'centra',
  'cross-fetch',
  'data-uri-to-buffer',
  'engine.io-client',
  'eventsource',
  'eventsource-parser',
  'fetch-blob',
  'fetch-cookie',
  'fetch-retry',
  'follow-redirects',
  'form-data',
  'formdata-polyfill',
  'gaxios',
  'got',
  'http-proxy-agent',
  'http2-wrapper',
  'https-proxy-agent',
  'isomorphic-fetch',
  'isomorphic-ws',
  'keyv',
  'ky',
  'make-fetch-happen',
  'minipass-fetch',
  'needle',
  'node-fetch',
  'node-fetch-native',
  'ofetch',
  'pac-proxy-agent',
  'phin',
  'proxy-agent',
  'proxy-from-env',
  'request',
  'request-promise',
  'request-promise-core',
  'request-promise-native',
  'resolve-alpn',
  'responselike',
  'retry-axios',
  'simple-get',
  'socks',
  'socks-proxy-agent',
  'superagent',
  'teeny-request',
  'tunnel',
  'tunnel-agent',
  'undici',
  'unfetch',
  'wretch',
  'ws',
  'xmlhttprequest-ssl',
] as const;

/** Wraps other packages' calls to watch them. */
const MONITORS = [
  '@opentelemetry/*',
  'dd-trace',
  'elastic-apm-node',
  'import-in-the-middle',
  'newrelic',
  'require-in-the-middle',
  'shimmer',
] as const;

/** Runs other packages' functions without a wish of its own. */
const UTILITIES = [
  '@sindresorhus/*',
  'async',
  'async-retry',
  'bluebird',
  'component-emitter',
  'eventemitter3',
  'generic-pool',
  'graceful-fs',
  'lodash',
  'lodash.debounce',
  'lodash.throttle',
  'once',
  'opossum',
  'p-all',
  'p-any',
  'p-cancelable',
  'p-debounce',
  'p-defer',
  'p-each-series',
  'p-event',
  'p-finally',
  'p-limit',
  'p-map',
  'p-memoize',
  'p-pipe',
  'p-props',
  'p-queue',
  'p-race',
  'p-reduce',
  'p-retry',
  'p-series',
  'p-settle',
  'p-some',
  'p-throttle',
  'p-timeout',
  'p-try',
  'p-wait-for',
  'p-waterfall',
  'p-whilst',
  'promise-retry',
  'q',
  'regenerator-runtime',
  'retry',
  'rxjs',
  'tslib',
  'zone.js',
] as const;

/** Calls into application code, so what lies further out belongs to another story. */
const FRAMEWORKS = [
  '@feathersjs/*',
  '@hapi/*',
  '@koa/*',
  '@nestjs/*',
  '@remix-run/*',
  '@sveltejs/kit',
  'avvio',
  'connect',
  'express',
  'fastify',
  'find-my-way',
  'finalhandler',
  'hono',
  'jest-circus',
  'jest-jasmine2',
  'jest-runner',
  'koa',
  'koa-compose',
  'koa-router',
  'light-my-request',
  'mocha',
  'next',
  'nitropack',
  'nuxt',
  'polka',
  'restify',
  'router',
  'vite-node',
  'vitest',
] as const;

/**
 * Puts calls into a queue and makes them later, from its own loop: the caller is then not on the stack any more. Some
 * are transports too.
 */
const OWN_QUEUES = [
  '@grpc/grpc-js',
  'bull',
  'bullmq',
  'got',
  'ioredis',
  'nodemailer',
  'request',
  'superagent',
] as const;

export type PackageRole = 'transport' | 'monitor' | 'utility' | 'framework' | 'other';

function matcher(patterns: readonly string[]): (name: string) => boolean {
  const known = new Set(patterns);
  return (name) => known.has(name) || (name.startsWith('@') && known.has(`${name.slice(0, name.indexOf('/'))}/*`));
}

const ROLES: readonly (readonly [PackageRole, (name: string) => boolean])[] = [
  ['transport', matcher(TRANSPORTS)],
  ['monitor', matcher(MONITORS)],
  ['utility', matcher(UTILITIES)],
  ['framework', matcher(FRAMEWORKS)],
];

/** Role of an installed package by its name. */
export function roleOf(name: string): PackageRole {
  return ROLES.find(([, matches]) => matches(name))?.[0] ?? 'other';
}

/** Whether the package makes calls from a queue of its own. */
export const hasOwnQueue: (name: string) => boolean = matcher(OWN_QUEUES);
