import { keySetSchema } from '../../ledger/bundle.ts';
import { type Verdict, verifyEvidence } from '../../ledger/verify.ts';
import { pathOf } from '../follow.ts';
import { say } from '../output.ts';
import type { Service } from '../service.ts';
import type { Terminal } from '../terminal.ts';
import type { Findings } from './judge.ts';
import { holdingsOf } from './people.ts';
import { playScene } from './scene.ts';
import type { Stack } from './stack.ts';

/** Plays both scenes and finds out what came of them. */
export async function play(stack: Stack, terminal: Terminal, signal: AbortSignal): Promise<Findings> {
  const { service, fastio, okta, people } = stack;
  const { leaver, contractor, successor, bystanders } = people;
  const needs = { service, terminal, signal };
  const look = () => ({
    leaver: holdingsOf(fastio, leaver),
    contractor: holdingsOf(fastio, contractor),
    successor: holdingsOf(fastio, successor),
    bystanders: bystanders.map((one) => holdingsOf(fastio, one)),
  });
  fastio.expectLeaver(contractor.id);
  fastio.expectLeaver(leaver.id);
  const before = look();

  say('', terminal.paint('strong', `${contractor.name} is suspended at Okta: to be locked out, and nothing more`));
  const rehearsal = await playScene(needs, contractor.email, async () => await okta.suspend(oktaUser('1', contractor)));
  const asked = fastio.requests.length;

  say('', terminal.paint('strong', `${leaver.name} is deactivated at Okta: to be taken out`));
  const scene = await playScene(needs, leaver.email, async () => await okta.deactivate(oktaUser('2', leaver)));

  const after = look();
  return {
    scene,
    contractor: { scene: rehearsal, before: before.contractor, after: after.contractor },
    leaver: { before: before.leaver, after: after.leaver },
    successor: { name: successor.name, before: before.successor, after: after.successor },
    bystanders: { before: before.bystanders, after: after.bystanders },
    requests: fastio.requests.slice(asked),
    violations: [...fastio.violations],
    evidence: await checkEvidence(service, scene.case.id),
  };
}

/** At Okta the same address is written differently. */
function oktaUser(digit: string, { email, name }: { email: string; name: string }) {
  return { id: `00u3m90rxKjGQ0G6L1d${digit}`, login: email.toLowerCase(), displayName: name };
}

/** As an auditor would: the file, the published keys, and nothing else of the service. */
async function checkEvidence(service: Service, caseId: string): Promise<Verdict> {
  const { text } = await service.get(`${pathOf(caseId)}/evidence`);
  const keys = (await service.get('/.well-known/jwks.json')).read(keySetSchema);
  return await verifyEvidence(text, keys);
}
