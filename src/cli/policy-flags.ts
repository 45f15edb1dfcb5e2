import { option, string } from '@oclif/core/flags';

/** The policy to judge by; the same on every command that judges. */
export const policyFlags = {
  policy: string({
    description: 'Policy file. Default: egress.policy.yaml, if the folder has one',
    helpValue: '<file>',
    exclusive: ['expect'],
  }),
  expect: option({ options: ['none'] as const })({
    description: 'Without a policy file: expect nothing but this machine',
  }),
};
