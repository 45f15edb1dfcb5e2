/** `egress report --json`; its members are described in docs/CLI_JSON.md. */
import type { Fleet } from './model/fleet.js';
import { sizesJson } from './model/sizes.js';
import type { Group } from './model/groups.js';
import type { ReportModel } from './model/report-model.js';
import type { BodyFacts } from './rollup/body-log.js';
import { verdictJson, type Json } from './policy/verdict-json.js';
import { senderOf } from './text/body-text.js';

export function reportJson({ verdict, reports }: Fleet): Json {
  return { verdict: verdict.level, journals: reports.map(journalJson) };
}

function journalJson(model: ReportModel): Json {
  const { verification, verdict } = model;
  return {
    journal: model.journal,
    ...verdictJson(verdict),
    policy: model.policy,
    what_if: model.whatIf,
    from: model.from === '' ? undefined : model.from,
    to: model.to === '' ? undefined : model.to,
    records: model.records,
    runs: model.runs.map((run) => ({ ...run, verdict: model.runVerdicts.get(run.number)?.level })),
    run_count: model.runCount,
    chips: model.chips,
    verification:
      verification === undefined
        ? undefined
        : { verdict: verification.verdict, head: verification.head, pinned: verification.journal.pinned },
    counts: model.cards.map(({ name, value, query }) => ({ name, count: value, query })),
    unexpected: model.unexpected.map(groupJson),
    destinations: model.expected.map(groupJson),
    packages: model.packages.map(groupJson),
    channels: model.channels.map(groupJson),
    inbound: model.inbound.map(groupJson),
    vendors: model.vendors.map(groupJson),
    third_party: model.thirdParty.map(groupJson),
    hours: model.hours.map(groupJson),
    days: model.days.map(groupJson),
    observers: model.observers.map(groupJson),
    gaps: model.gaps,
    bodies: bodiesJson(model.bodies),
    findings: model.findings,
    limits: model.limits,
    not_shown: model.notShown,
  };
}

function bodiesJson({ stored, ...lists }: BodyFacts): Json {
  const events = Object.entries(lists).map(([name, list]: [string, BodyFacts['reads']]) => {
    return [
      name,
      list.map(({ endedBy, ...event }) => ({
        ...event,
        ...(event.part === undefined ? {} : { from: senderOf(event.part) }),
        ...(endedBy === undefined ? {} : { ended_by: endedBy }),
      })),
    ];
  });
  return { stored, ...(Object.fromEntries(events) as Json) };
}

function groupJson({ isRest, first, last, firstSeq, query, askedBy, ...group }: Group): Json {
  const { calls, failed, sent, received, unsizedSent, unsizedReceived, ...names } = group;
  return {
    ...names,
    ...(askedBy === undefined ? {} : { asked_by: askedBy }),
    ...(isRest ? { rest: true } : {}),
    ...{ calls, failed, ...sizesJson({ calls, sent, received, unsizedSent, unsizedReceived }) },
    ...(first === '' ? {} : { first, last, first_seq: firstSeq }),
    query,
  };
}
