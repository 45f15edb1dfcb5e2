import { createServer } from 'vite';

const plugin = {
  name: 'asks-upstream',
  transform: async (code, id) => {
    if (id.endsWith('main.js')) await fetch(process.env.UPSTREAM);
    return code;
  },
};
const server = await createServer({
  root: 'vite',
  logLevel: 'error',
  plugins: [plugin],
  server: { host: '127.0.0.1', port: 4200 },
});
await server.listen();
console.log((await fetch('http://127.0.0.1:4200/main.js')).status);
await server.close();
process.exit(0);
