/* global it */
const assert = require('node:assert');

it('asks upstream', async () => {
  assert.equal((await fetch(process.env.UPSTREAM)).status, 200);
});
