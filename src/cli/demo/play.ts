import { keySetSchema } from '../../ledger/bundle.ts';
import { type Verdict, verifyEvidence } from '../../ledger/verify.ts';
import { type SignalAnswer, signalsAnswer } from '../answers.ts';
import { pathOf } from '../follow.ts';
import type { Service } from '../service.ts';
import type { Terminal } from '../terminal.ts';
import type { Findings } from './judge.ts';
import { holdingsOf } from './people.ts';
import { playScene, type SceneNeeds } from './scene.ts';
import type { Stack } from './stack.ts';

/** Plays what the sender has to show, and finds out what came of it. */
export async function play(stack: Stack, terminal: Terminal, signal: AbortSignal): Promise<Findings> {
  const { service, fastio, flashback, mailbox, sender, people } = stack;
  const { leaver, contractor, successor } = people;
  const { suspension, departure, expects } = sender;
  const needs: SceneNeeds = { service, sender, terminal, signal };
  const others = suspension ? people.bystanders : [contractor, ...people.bystanders];
  const look = () => ({
    leaver: holdingsOf(stack, leaver),
    contractor: holdingsOf(stack, contractor),
    successor: holdingsOf(stack, successor),
    bystanders: others.map((one) => holdingsOf(stack, one)),
  });
  for (const { id } of suspension ? [contractor, leaver] : [leaver]) {
    fastio.expectLeaver(id);
  }
  flashback.expectLeaver(leaver.flashbackId);
  const before = look();

  const rehearsal = suspension && (await playScene(needs, contractor, suspension, 'locked-out'));
  const asked = fastio.requests.length;
  const scene = await playScene(needs, leaver, departure, expects.ending);

  const after = look();
  return {
    expects,
    scene,
    signals: await readSignals(service, scene.case.id),
    contractor: rehearsal && { scene: rehearsal, before: before.contractor, after: after.contractor },
    leaver: { before: before.leaver, after: after.leaver },
    successor: { name: successor.name, before: before.successor, after: after.successor },
    mails: mailbox.mails.filter(({ to }) => to === successor.email).map(({ subject }) => subject),
    bystanders: { before: before.bystanders, after: after.bystanders },
    requests: fastio.requests.slice(asked),
    violations: [...fastio.violations],
    flashback: { calls: flashback.calls.length, violations: [...flashback.violations] },
    evidence: await checkEvidence(service, scene.case.id),
  };
}

async function readSignals(service: Service, caseId: string): Promise<SignalAnswer[]> {
  return (await service.get('/v1/signals')).read(signalsAnswer).items.filter((one) => one.caseId === caseId);
}

/** As an auditor would: the file, the published keys, and nothing else of the service. */
async function checkEvidence(service: Service, caseId: string): Promise<Verdict> {
  const { text } = await service.get(`${pathOf(caseId)}/evidence`);
  const keys = (await service.get('/.well-known/jwks.json')).read(keySetSchema);
  return await verifyEvidence(text, keys);
}
