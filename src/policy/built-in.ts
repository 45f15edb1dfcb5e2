/** Policies that a policy file can extend by name, and the one of `--expect none`. */
import type { PolicyFile } from './policy-schema.js';
import { TELEMETRY } from './telemetry-catalogue.js';

export const BUILT_IN_PREFIX = 'egress:';

/** Addresses where clouds hand out credentials to whoever asks from inside. */
export const METADATA = [
  '169.254.169.254',
  '169.254.170.2',
  '100.100.100.200',
  '[fd00:ec2::254]',
  'metadata.google.internal',
];

export const BUILT_IN: Readonly<Record<string, PolicyFile>> = {
  'egress:deny-metadata': {
    version: 1,
    deny: [{ id: 'cloud-metadata', to: METADATA, verdict: 'alarm', why: 'it hands out credentials of the machine' }],
  },
  'egress:deny-telemetry': {
    version: 1,
    deny: TELEMETRY.map(({ name, to, packages, switchOff, sharesHosts = false }) => ({
      id: name.replaceAll(/[^A-Za-z0-9._-]+/g, '-'),
      to: [...to],
      ...(sharesHosts ? { package: [...packages] } : {}),
      why: `${name}; switch it off with ${switchOff}`,
    })),
  },
};

/** `--expect none`: nothing but this machine. */
export const EXPECT_NONE: PolicyFile = { version: 1 };
