// A day in the life of the shop: opens, sells three teapots, closes. Run it with `npm run demo`.
import './names.js';
import { execFile } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { promisify } from 'node:util';
import { Worker } from 'node:worker_threads';
import { WebSocket } from 'ws';
import { openPartners } from './partners.js';
import { createShop } from './shop.js';

const CHECKOUTS = 3;

const partners = await openPartners();
process.env.ACME_COLLECTOR_URL = partners.urls.collector;

// The morning: exchange rates from a child process, stock from a live feed.
const rates = await promisify(execFile)(process.execPath, [path.join(import.meta.dirname, 'rates-child.js')], {
  env: { ...process.env, RATES_URL: partners.urls.rates },
});
const feed = new WebSocket(`${partners.urls.live}/stock`);
const [stock] = await once(feed, 'message');
console.log(`open: rates ${rates.stdout}, stock ${stock}`);

// Customers.
const server = createShop(partners).listen(0, '127.0.0.1');
await once(server, 'listening');
const shop = `http://shop.example:${server.address().port}`;
for (let number = 1; number <= CHECKOUTS; number += 1) {
  const teapot = await (await fetch(`${shop}/teapot`)).json();
  const order = await fetch(`${shop}/checkout`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ email: `customer-${number}@mail.example`, amount: teapot.price }),
  });
  console.log(`order ${number}: ${order.status} ${JSON.stringify(await order.json())}`);
}

// The evening: a worker thread archives the orders, and everything closes. Nothing is left that could run on.
await once(
  new Worker(path.join(import.meta.dirname, 'archive-worker.js'), {
    workerData: { url: partners.urls.archive, orders: CHECKOUTS },
  }),
  'exit',
);
feed.close();
await once(feed, 'close');
server.close();
server.closeAllConnections();
await partners.close();
console.log('closed');
