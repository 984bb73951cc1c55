import { UsageError } from '../../../lib/cli/options';
import { rehearse, type RehearsalRow } from '../../../lib/cli/rehearsal';
import { rehearsalReport } from '../../../lib/cli/rehearsal-report';
import { stackEstate } from '../../../lib/cli/stack-estate';
import { rehearsalOptions } from '../../../lib/cli/stack-pools';
import { type SandboxOptions, startSandbox } from '../../../lib/sandbox';
import { CARELESS, careful, smallStack, smallTrust } from '../../support/small-stack';
import '../../support/node-errors';

async function rehearsed(options: SandboxOptions, claim?: Parameters<typeof rehearse>[1]): Promise<RehearsalRow[]> {
  const sandbox = await startSandbox(options);
  try {
    return await rehearse(sandbox, claim);
  } finally {
    await sandbox.close();
  }
}

const POOL = 'eu-central-1:5f0c8a3e-1b2d-4c6f-9a7e-0d1c2b3a4f5e';

/** A trust policy for identity pools, a statement for each condition. */
function poolTrust(...conditions: object[]): object {
  const Statement = conditions.map((condition) => ({
    Effect: 'Allow',
    Principal: { Federated: 'cognito-identity.amazonaws.com' },
    Action: ['sts:AssumeRoleWithWebIdentity', 'sts:TagSession'],
    Condition: {
      ...condition,
      StringLike: { 'aws:RequestTag/tenant_id': '?*' },
      StringNotLike: { 'aws:RequestTag/tenant_id': '*/*' },
    },
  }));
  return { Version: '2012-10-17', Statement };
}

/** The careful policy, where items are read by who may read, and written by who holds what a pattern says. */
function asking(writing: string): object {
  const { Statement: [items = {}, ...others] = [] } = careful() as { Statement?: { Condition?: object; Action?: unknown }[] };
  const held = (Action: unknown, pattern: string) => ({
    ...items,
    Action,
    Condition: { ...items.Condition, StringLike: { 'aws:PrincipalTag/permissions': [pattern] } },
  });
  const reading = held(['dynamodb:GetItem', 'dynamodb:Query'], 'r??/???');
  return {
    Version: '2012-10-17',
    Statement: [reading, held(['dynamodb:PutItem', 'dynamodb:UpdateItem'], writing), ...others],
  };
}

/** Names of what ended otherwise than it must. */
function wrong(rows: readonly RehearsalRow[]): string[] {
  return rows.filter(({ wanted, outcomes }) => outcomes.some(({ result }) => result !== wanted)).map(({ name }) => name);
}

describe('rehearse', () => {
  it('shows that tenants use their own data and nothing else, also by a tag of another name', async () => {
    const { options, tenant } = stackEstate(smallStack(careful('team'), smallTrust('team')));
    const rows = await rehearsed(options, tenant);
    expect(wrong(rows)).toEqual([]);
    expect([...new Set(rows.map(({ wanted }) => wanted))]).toEqual(['allowed', 'denied']);
    for (const { outcomes } of rows) expect(outcomes.map(({ tenant: each }) => each)).toEqual(['acme', 'globex']);
    for (const { reason } of rows.flatMap(({ outcomes }) => outcomes)) expect(reason).not.toBe('');
  });

  it('has a reader read and write, where policies ask for permissions, and fails where the reader may write', async () => {
    const good = stackEstate(smallStack(asking('rw?/???')));
    expect(good.tenant).toMatchObject({ permissionsTagKey: 'permissions' });
    const rows = await rehearsed(good.options, good.tenant);
    expect(wrong(rows)).toEqual([]);
    expect(rows.map(({ name }) => name)).toEqual(
      expect.arrayContaining(['read it as a reader', 'write to the own tenant as a reader']),
    );
    const bad = stackEstate(smallStack(asking('r??/???')));
    expect(wrong(await rehearsed(bad.options, bad.tenant))).toEqual(['write to the own tenant as a reader']);
  });

  it('begins sessions by an identity pool where the role takes no other tokens, and fails where it takes those of any pool', async () => {
    const aud = { 'cognito-identity.amazonaws.com:aud': POOL };
    const good = stackEstate(smallStack(asking('rw?/???'), poolTrust({ StringEquals: aud })));
    const rows = await rehearsed(rehearsalOptions(good), good.tenant);
    expect(wrong(rows)).toEqual([]);
    expect(rows.map(({ name }) => name)).toEqual(
      expect.arrayContaining(['read it as a reader', 'begin a session by a forged login', '... by a login at STS itself']),
    );
    const reasonOf = (name: string) => rows.find((row) => row.name === name)?.outcomes.map(({ reason }) => reason);
    const foreign = '... by a token of another identity pool';
    for (const reason of reasonOf(foreign) ?? ['']) expect(reason).toContain('cognito-identity.amazonaws.com:aud');
    for (const reason of reasonOf('... by an expired login') ?? ['']) expect(reason).toContain('expired');
    // As one that names its pool, and takes every other too.
    const open = { 'ForAnyValue:StringEquals': { 'cognito-identity.amazonaws.com:amr': ['authenticated'] } };
    const bad = stackEstate(smallStack(asking('rw?/???'), poolTrust({ StringEquals: aud }, open)));
    expect(wrong(await rehearsed(rehearsalOptions(bad), bad.tenant))).toEqual([foreign]);
  });

  it('fails before anything is played where the foreign pool is missing', async () => {
    const { options, tenant } = stackEstate(
      smallStack(careful(), poolTrust({ StringEquals: { 'cognito-identity.amazonaws.com:aud': POOL } })),
    );
    await expect(rehearsed(options, tenant)).rejects.toThrow(/IdentityPool .* not found/);
  });

  it('refuses to begin without the client of Cognito Identity, and says what to install', async () => {
    const name = '@aws-sdk/client-cognito-identity';
    jest.resetModules();
    jest.doMock(name, () => {
      throw new Error(`Cannot find module '${name}'`);
    });
    const aud = { 'cognito-identity.amazonaws.com:aud': POOL };
    const estate = stackEstate(smallStack(careful(), poolTrust({ StringEquals: aud })));
    try {
      await expect(rehearsed(rehearsalOptions(estate), estate.tenant)).rejects.toThrow(
        new UsageError(`sessions by an identity pool are rehearsed with ${name}, which is missing: npm install ${name}`),
      );
    } finally {
      jest.dontMock(name);
    }
  });

  it('fails each attack on data that a careless policy lets through, and only those', async () => {
    const rows = await rehearsed(stackEstate(smallStack(CARELESS)).options);
    const attacks = rows.filter(({ wanted }) => wanted === 'denied').map(({ name }) => name);
    const stoppedBySts = attacks.filter((name) => /session|\.\.\./.test(name));
    expect(wrong(rows)).toEqual(attacks.filter((name) => !stoppedBySts.includes(name)));
    expect(wrong(rows).length).toBeGreaterThanOrEqual(9);
    expect(rehearsalReport(rows).asItMustBe).toBe(false);
  });

  it('fails what neither works nor is denied, though what was asked before was denied', async () => {
    const sandbox = await startSandbox(stackEstate(smallStack()).options);
    try {
      const s3Config = { endpoint: 'http://127.0.0.1:1', forcePathStyle: true as const };
      const cut = { ...sandbox.dataAccessConfig(), s3Config };
      const rows = await rehearse({ ...sandbox, audit: sandbox.audit, dataAccessConfig: () => cut });
      const objects = rows.filter(({ name }) => /object|link|prefix/.test(name));
      expect(objects.map(({ wanted }) => wanted)).toEqual([
        ...Array<string>(3).fill('allowed'),
        ...Array<string>(4).fill('denied'),
      ]);
      for (const { outcomes } of objects) expect(outcomes.map(({ result }) => result)).toEqual(['failed', 'failed']);
      for (const { reason } of objects.flatMap(({ outcomes }) => outcomes)) expect(reason).toMatch(/\S/);
      expect(wrong(rows)).toEqual(objects.map(({ name }) => name));
    } finally {
      await sandbox.close();
    }
  });
});

describe('rehearsalReport', () => {
  const row = (name: string, wanted: 'allowed' | 'denied', ...results: ('allowed' | 'denied' | 'failed')[]): RehearsalRow => ({
    name,
    wanted,
    outcomes: results.map((result, index) => ({ tenant: index === 0 ? 'acme' : 'globex', result, reason: `why ${index}` })),
  });

  it('aligns both matrices, and gives the reason of the first', () => {
    const long = 'an attack with quite a long name';
    expect(rehearsalReport([row('write', 'allowed', 'allowed', 'allowed'), row(long, 'denied', 'denied', 'denied')])).toEqual({
      lines: [
        '',
        'Own data                            acme     globex',
        '  write                             allowed  allowed  why 0',
        '',
        'Attacks on the other tenant         acme     globex',
        '  an attack with quite a long name  denied   denied   why 0',
        '',
        "All 2 as it must be: tenants use their own data, and nothing of the other's.",
      ],
      asItMustBe: true,
    });
  });

  it.each<[name: string, rows: RehearsalRow[], names: string]>([
    ['an attack that got through', [row('a', 'allowed', 'allowed'), row('b', 'denied', 'denied', 'allowed')], 'b'],
    ['own data that was denied', [row('a', 'allowed', 'allowed', 'denied'), row('b', 'denied', 'denied')], 'a'],
    ['what broke', [row('a', 'allowed', 'failed'), row('b', 'denied', 'denied', 'failed')], 'a, b'],
  ])('fails with %s, and gives its reason', (_, rows, names) => {
    const { lines, asItMustBe } = rehearsalReport(rows);
    expect(asItMustBe).toBe(false);
    expect(lines.at(-1)).toBe(`Not as it must be: ${names}.`);
    const [first] = names.split(', ');
    const telling = rows
      .find(({ name }) => name === first)
      ?.outcomes.findIndex(({ result }) => result !== rows.find((r) => r.name === first)?.wanted);
    expect(lines.find((line) => line.startsWith(`  ${first ?? ''} `))).toMatch(new RegExp(`why ${telling ?? ''}$`));
  });

  it('fails where nothing was played', () => {
    expect(rehearsalReport([]).asItMustBe).toBe(false);
    expect(rehearsalReport([row('a', 'allowed', 'allowed')]).asItMustBe).toBe(false);
    expect(rehearsalReport([row('b', 'denied', 'denied')]).asItMustBe).toBe(false);
  });

  it('prints no control characters of a reason', () => {
    const [own] = [
      { ...row('a', 'allowed'), outcomes: [{ tenant: 'acme' as const, result: 'allowed' as const, reason: 'x\u001b[2J\ny' }] },
    ];
    expect(rehearsalReport([own]).lines.join('')).toContain('x [2J y');
  });
});
