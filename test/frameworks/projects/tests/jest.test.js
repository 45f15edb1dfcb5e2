/* global test, expect */
test('asks upstream', async () => {
  expect((await fetch(process.env.UPSTREAM)).status).toBe(200);
});
