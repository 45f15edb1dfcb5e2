// A server as people write them: a framework, a route with a parameter, one call to another service, a JSON answer.
'use strict';
const http = require('node:http');
const express = require('express');
const { control, processorTime } = require('./control.cjs');

const [, , upstreamPort] = process.argv;
const agent = new http.Agent({ keepAlive: true, maxSockets: 64 });

function upstream() {
  return new Promise((resolve, reject) => {
    const request = http.get({ host: '127.0.0.1', port: upstreamPort, path: '/rates/eur', agent }, (response) => {
      let body = '';
      response.setEncoding('utf8');
      response.on('data', (chunk) => (body += chunk));
      response.on('end', () => resolve(body));
    });
    request.on('error', reject);
  });
}

const app = express();
app.get('/orders/:id', async (request, response) => {
  response.json({ id: request.params.id, note: await upstream() });
});
const server = app.listen(0, '127.0.0.1', () => process.stdout.write(`${server.address().port}\n`));
control(processorTime);
