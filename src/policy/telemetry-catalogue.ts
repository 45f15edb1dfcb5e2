/**
 * Telemetry of well-known developer tools: who sends it, where to, and how it is switched off. Data, to be read and
 * corrected by anybody; a name here says that the tool documents the traffic, not that anything is wrong with it.
 */
export interface TelemetrySource {
  readonly name: string;
  /** Destinations, as in a policy's `to`. */
  readonly to: readonly string[];
  /** Packages that send it, as in a policy's `package`. */
  readonly packages: readonly string[];
  readonly switchOff: string;
  /** Others use its hosts, too: only what its packages send there is its. */
  readonly sharesHosts?: true;
}

export const TELEMETRY: readonly TelemetrySource[] = [
  {
    name: 'Next.js telemetry',
    to: ['telemetry.nextjs.org'],
    packages: ['next'],
    switchOff: 'NEXT_TELEMETRY_DISABLED=1',
  },
  {
    name: 'Nuxt telemetry',
    to: ['telemetry.nuxt.com'],
    packages: ['@nuxt/telemetry'],
    switchOff: 'NUXT_TELEMETRY_DISABLED=1',
  },
  {
    name: 'Astro telemetry',
    to: ['telemetry.astro.build'],
    packages: ['@astrojs/telemetry'],
    switchOff: 'ASTRO_TELEMETRY_DISABLED=1',
  },
  {
    name: 'Gatsby telemetry',
    to: ['analytics.gatsbyjs.com'],
    packages: ['gatsby-telemetry'],
    switchOff: 'GATSBY_TELEMETRY_DISABLED=1',
  },
  {
    name: 'Storybook telemetry',
    to: ['storybook.js.org'],
    packages: ['storybook', '@storybook/*'],
    switchOff: 'STORYBOOK_DISABLE_TELEMETRY=1',
  },
  {
    name: 'Angular CLI analytics',
    to: ['www.google-analytics.com'],
    packages: ['@angular/cli'],
    switchOff: 'NG_CLI_ANALYTICS=false',
    sharesHosts: true,
  },
  { name: 'Nx Cloud', to: ['cloud.nx.app', '**.nx.app'], packages: ['nx', 'nx-cloud'], switchOff: 'NX_NO_CLOUD=true' },
  {
    name: 'Turborepo telemetry',
    to: ['telemetry.vercel.com'],
    packages: ['turbo'],
    switchOff: 'TURBO_TELEMETRY_DISABLED=1',
  },
  {
    name: 'Vercel CLI telemetry',
    to: ['telemetry.vercel.com'],
    packages: ['vercel'],
    switchOff: 'VERCEL_TELEMETRY_DISABLED=1',
  },
  {
    name: 'Prisma version check',
    to: ['checkpoint.prisma.io'],
    packages: ['checkpoint-client', '@prisma/*', 'prisma'],
    switchOff: 'CHECKPOINT_DISABLE=1',
  },
  {
    name: 'update-notifier, a look for a newer version',
    to: ['registry.npmjs.org'],
    packages: ['update-notifier'],
    switchOff: 'NO_UPDATE_NOTIFIER=1',
    sharesHosts: true,
  },
  {
    name: 'Scarf install analytics',
    to: ['scarf.sh', '**.scarf.sh'],
    packages: ['@scarf/scarf'],
    switchOff: 'SCARF_ANALYTICS=false',
  },
  {
    name: 'Sentry error reports',
    to: ['sentry.io', '**.sentry.io'],
    packages: ['@sentry/*', '@sentry-internal/*'],
    switchOff: 'SENTRY_DSN=',
  },
  {
    name: 'Strapi telemetry',
    to: ['analytics.strapi.io'],
    packages: ['@strapi/*'],
    switchOff: 'STRAPI_TELEMETRY_DISABLED=true',
  },
  {
    name: 'Redwood telemetry',
    to: ['telemetry.redwoodjs.com'],
    packages: ['@redwoodjs/*'],
    switchOff: 'REDWOOD_DISABLE_TELEMETRY=1',
  },
  { name: 'Expo telemetry', to: ['cdp.expo.dev'], packages: ['expo', '@expo/*'], switchOff: 'EXPO_NO_TELEMETRY=1' },
  {
    name: 'Serverless Framework telemetry',
    to: ['tracking.serverlessteam.com'],
    packages: ['serverless'],
    switchOff: 'SLS_TELEMETRY_DISABLED=1',
  },
  {
    name: 'Cypress Cloud',
    to: ['api.cypress.io', '**.cypress.io'],
    packages: ['cypress'],
    switchOff: 'CYPRESS_CRASH_REPORTS=0',
  },
  {
    name: 'Wrangler metrics',
    to: ['sparrow.cloudflare.com'],
    packages: ['wrangler'],
    switchOff: 'WRANGLER_SEND_METRICS=false',
  },
];
