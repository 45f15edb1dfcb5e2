// The companies that the shop works with, as small servers on this machine.
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import http from 'node:http';
import https from 'node:https';
import { SMTPServer } from 'smtp-server';
import { WebSocketServer } from 'ws';

/** Certificate of payments.example: made for this demo, trusted by this demo only. */
export const paymentsCertificate = readFileSync(new URL('tls/payments.crt', import.meta.url));
const paymentsKey = readFileSync(new URL('tls/payments.key', import.meta.url));

/** Answers each request with the same JSON, once its body has arrived. */
function answering(status, body) {
  return (request, response) => {
    request.resume().on('end', () => {
      response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
    });
  };
}

async function listen(server) {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return server.address().port;
}

/** @returns where each partner is reached, and how to close them all */
export async function openPartners() {
  const payments = https.createServer(
    { key: paymentsKey, cert: paymentsCertificate },
    answering(201, { id: 'ch_1', paid: true }),
  );
  const shipping = http.createServer(answering(200, { parcel: 'P-1', days: 2 }));
  const catalogue = http.createServer(answering(200, { name: 'Teapot', price: 24 }));
  const rates = http.createServer(answering(200, { EUR: 1, USD: 1.1 }));
  const archive = http.createServer(answering(201, { stored: true }));
  const collector = http.createServer(answering(204, ''));

  const live = http.createServer();
  const feed = new WebSocketServer({ server: live, path: '/stock' });
  feed.on('connection', (socket) => socket.send(JSON.stringify({ teapots: 17 })));

  const mail = new SMTPServer({
    disabledCommands: ['AUTH', 'STARTTLS'],
    onData: (stream, _session, done) => stream.resume().on('end', done),
  });
  const mailPort = await listen(mail.server);

  const web = [payments, shipping, catalogue, rates, archive, collector, live];
  const [paymentsPort, shippingPort, cataloguePort, ratesPort, archivePort, collectorPort, livePort] =
    await Promise.all(web.map(listen));

  return {
    urls: {
      payments: `https://payments.example:${paymentsPort}`,
      shipping: `http://api.shipping.example:${shippingPort}`,
      catalogue: `http://catalogue.example:${cataloguePort}`,
      rates: `http://rates.example:${ratesPort}`,
      archive: `http://archive.example:${archivePort}`,
      collector: `http://collector.acme.example:${collectorPort}`,
      live: `ws://live.example:${livePort}`,
    },
    mail: { host: 'mail.example', port: mailPort },
    async close() {
      feed.close();
      for (const server of web) {
        server.close();
        server.closeAllConnections();
      }
      await new Promise((resolve) => mail.close(resolve));
    },
  };
}
