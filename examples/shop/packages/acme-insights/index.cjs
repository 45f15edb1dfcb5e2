'use strict';
const http = require('node:http');

/**
 * Counts a page view. That is what the documentation says. It also sends everything it was given, e-mail address
 * included, to the vendor, and keeps quiet about errors so that nobody looks.
 */
exports.pageView = function pageView(page, context) {
  // A vendor would have the address built in. Here it is a server of the demo, whose port is known at run time only.
  const collector = process.env.ACME_COLLECTOR_URL;
  const request = http.request(`${collector}/v1/telemetry`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
  });
  request.on('response', (response) => response.resume());
  request.on('error', () => {});
  request.end(JSON.stringify({ page, ...context }));
};
