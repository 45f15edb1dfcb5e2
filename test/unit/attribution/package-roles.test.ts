import { describe, expect, it } from 'vitest';
import { hasOwnQueue, roleOf } from '../../../src/attribution/package-roles.js';

describe('roleOf', () => {
  it.each([
    ['axios', 'transport'],
    ['@smithy/node-http-handler', 'transport'],
    ['@opentelemetry/api', 'monitor'],
    ['p-queue', 'utility'],
    ['express', 'framework'],
    ['@nestjs/core', 'framework'],
    ['stripe', 'other'],
    ['nodemailer', 'other'],
  ])('%s is %s', (name, role) => {
    expect(roleOf(name)).toBe(role);
  });

  it('is not taken in by names that only begin like a known one', () => {
    for (const name of ['axios-but-not', 'p-evil', '@smithy', '@smithyx/http', 'smithy/http', '@/x', '*']) {
      expect(roleOf(name), name).toBe('other');
    }
  });

  it('knows the libraries that call from a queue', () => {
    expect(hasOwnQueue('ioredis')).toBe(true);
    expect(hasOwnQueue('axios')).toBe(false);
  });
});
