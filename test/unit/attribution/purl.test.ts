import { expect, it } from 'vitest';
import { npmPurl } from '../../../src/attribution/purl.js';

it.each([
  ['foobar', '12.3.1', 'pkg:npm/foobar@12.3.1'],
  ['@angular/animation', '12.3.1', 'pkg:npm/%40angular/animation@12.3.1'],
  ['JSONStream', '1.0.0-rc.1+build.5', 'pkg:npm/JSONStream@1.0.0-rc.1%2Bbuild.5'],
])('%s %s', (name, version, purl) => {
  expect(npmPurl(name, version)).toBe(purl);
});
