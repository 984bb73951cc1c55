import { type RoleSession, Sessions } from '../../../../lib/sandbox/sts/sessions';

const HOUR = 3_600_000;
const NOW = 1_790_000_000_000;

function session(expiresAt: number): RoleSession {
  return {
    principal: {
      kind: 'role-session',
      roleArn: 'arn:aws:iam::1:role/r',
      sessionArn: 'arn:aws:sts::1:assumed-role/r/s',
      account: '1',
    },
    tags: {},
    context: {},
    expiresAt,
  };
}

describe('sessions', () => {
  it('are found by their keys, which look as those of AWS', () => {
    const sessions = new Sessions();
    const issued = sessions.issue(session(NOW + HOUR), NOW);
    expect(issued.accessKeyId).toMatch(/^ASIA[A-Z2-7]{16}$/);
    expect(Buffer.from(issued.secretAccessKey, 'base64')).toHaveLength(30);
    expect(issued.sessionToken.length).toBeGreaterThan(100);
    expect(sessions.find(issued.accessKeyId)).toBe(issued);
    expect(sessions.find('ASIAOTHER')).toBeUndefined();
  });

  it('are forgotten an hour after their end, not before', () => {
    const sessions = new Sessions();
    const { accessKeyId } = sessions.issue(session(NOW + HOUR), NOW);
    sessions.issue(session(NOW + 9 * HOUR), NOW + 2 * HOUR);
    expect(sessions.find(accessKeyId)).toBeDefined();
    sessions.issue(session(NOW + 9 * HOUR), NOW + 2 * HOUR + 60_001);
    expect(sessions.find(accessKeyId)).toBeUndefined();
  });

  it('are 20,000 at most, of which the oldest goes', () => {
    const sessions = new Sessions();
    const ids = Array.from({ length: 20_001 }, () => sessions.issue(session(NOW + HOUR), NOW).accessKeyId);
    expect(ids.filter((id) => sessions.find(id) === undefined)).toEqual([ids[0]]);
  });

  it('can all be ended, which lengthens none', () => {
    const sessions = new Sessions();
    const long = sessions.issue(session(NOW + HOUR), NOW);
    const over = sessions.issue(session(NOW - 1), NOW);
    sessions.expireAll(NOW);
    expect(sessions.find(long.accessKeyId)).toMatchObject({ ...long, session: { expiresAt: NOW } });
    expect(sessions.find(over.accessKeyId)?.session.expiresAt).toBe(NOW - 1);
  });
});
