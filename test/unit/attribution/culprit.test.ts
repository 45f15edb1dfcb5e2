import { describe, expect, it } from 'vitest';
import { findCulprit } from '../../../src/attribution/culprit.js';
import type { CodePackage } from '../../../src/attribution/package-finder.js';

const installed = (name: string): CodePackage => ({
  name,
  version: '1.0.0',
  root: `/app/node_modules/${name}`,
  firstParty: false,
  documented: true,
});
const app: CodePackage = { ...installed('shop'), root: '/app', firstParty: true };
const vague = (name: string): CodePackage => ({ ...installed(name), documented: false });

function decide(...stack: (CodePackage | string | undefined)[]): string {
  const named = stack.map((code) => (typeof code === 'string' && code !== 'loading' ? installed(code) : code));
  const culprit = findCulprit(named);
  return `${culprit.package?.name ?? '-'} ${culprit.confidence}${culprit.chainLost ? ' lost' : ''}`;
}

describe('findCulprit', () => {
  it('names the application when only transports lie between it and the socket', () => {
    expect(decide('follow-redirects', 'axios', app)).toBe('shop high');
    expect(decide(app)).toBe('shop high');
  });

  it('names the outermost package before the application', () => {
    expect(decide('axios', 'stripe', app)).toBe('stripe high');
    expect(decide('axios', 'small-client', 'big-sdk', app)).toBe('big-sdk high');
  });

  it('stops at the first application frame: what lies further out is another story', () => {
    expect(decide('stripe', app, 'express', 'scheduler', app)).toBe('stripe high');
  });

  it('stops where a module is loaded: who requires it did not ask for what it does then', () => {
    expect(decide('flatmap-stream', 'loading', 'event-stream', 'loading', app)).toBe('flatmap-stream high');
    expect(decide('axios', 'loading', 'stripe', app)).toBe('stripe high');
    expect(decide('axios', 'loading', app)).toBe('shop high');
  });

  it('passes over monitors and utilities', () => {
    expect(decide('undici', '@opentelemetry/instrumentation-undici', 'p-retry', 'stripe', 'lodash', app)).toBe(
      'stripe high',
    );
  });

  it('stops at a framework once a package was found', () => {
    expect(decide('axios', 'passport-sso', 'router', 'express', 'server-kit', app)).toBe('passport-sso medium');
  });

  it('looks behind a framework that makes the call itself', () => {
    expect(decide('express', app)).toBe('shop high');
    expect(decide('express', 'hidden-server', app)).toBe('hidden-server high');
    expect(decide('undici', 'next')).toBe('next medium');
  });

  it('is less sure without an application frame', () => {
    expect(decide('axios', 'telemetry')).toBe('telemetry medium');
  });

  it('is less sure of a package without a readable package.json', () => {
    expect(decide(vague('stripe'), app)).toBe('stripe medium');
  });

  it('says so when code that cannot be told lies inside the end of the walk, and ignores it outside', () => {
    expect(decide(undefined, 'stripe', app)).toBe('stripe low');
    expect(decide(undefined, app)).toBe('shop low');
    expect(decide('stripe', app, undefined)).toBe('stripe high');
  });

  it('knows no more than the carrier when only transports or queues are left', () => {
    expect(decide('follow-redirects', 'axios')).toBe('axios low lost');
    expect(decide('got')).toBe('got low lost');
    expect(decide('ioredis')).toBe('ioredis low lost');
    expect(decide('ioredis', 'bullmq')).toBe('bullmq low lost');
    expect(decide('ioredis', 'jobs-kit')).toBe('jobs-kit medium');
    expect(decide('nodemailer', app)).toBe('nodemailer high');
  });

  it('names nobody when nothing can be told', () => {
    expect(decide()).toBe('- none');
    expect(decide(undefined, undefined)).toBe('- none');
  });
});
