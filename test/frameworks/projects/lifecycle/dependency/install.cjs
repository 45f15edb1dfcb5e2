require('node:http').get(process.env.UPSTREAM, (response) => response.resume());
