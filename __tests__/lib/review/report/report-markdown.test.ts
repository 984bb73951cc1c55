import { type AwsAction } from '../../../../lib/isolation';
import { markdownReport, marker, MAX_COMMENT_CHARACTERS } from '../../../../lib/review/report/report-markdown';
import { review, type Review } from '../../../../lib/review/judgement/verdict';
import {
  bucket,
  change,
  DESIGN,
  estate,
  fewActions,
  known,
  less,
  plan,
  roleWith,
  state,
  TABLE,
  WIDE,
} from '../../../support/estates';

let actions: readonly AwsAction[];
let leaking: Review;
beforeAll(async () => {
  actions = await fewActions();
  leaking = review(
    plan({
      after: estate({
        roles: [roleWith({ Sid: 'Scan', Effect: 'Allow', Action: 'dynamodb:Scan', Resource: TABLE })],
        buckets: [bucket({ policy: known('aws_s3_bucket_policy.files', less(DESIGN.bucketLock, 'OtherListing1')) })],
        gaps: [{ name: 'aws_iam_policy.late', unknown: 'known after apply' }],
      }),
      changes: [
        change({ address: 'aws_dynamodb_table.old', action: 'destroy' }),
        change({ address: 'aws_sqs_queue.x', action: 'create' }),
      ],
    }),
    actions,
  );
});

/** Headings and folds in their order. */
const outline = (markdown: string) =>
  markdown.split('\n').flatMap((line) => /^(?:#{3,4} .*|<details><summary>.*)$/.exec(line)?.[0] ?? []);

/** The text outside of code spans, where names must not stand. */
const prose = (markdown: string) => markdown.replace(/`[^`\n]*`/g, '``');

describe('a report as a comment', () => {
  it('begins with what a workflow finds it by, then the verdict, then findings, with details folded', () => {
    const markdown = markdownReport(leaking, 'production');
    expect(markdown.split('\n').slice(0, 5)).toEqual([
      '<!-- multi-tenant-iam review: production -->',
      '',
      '### ❌ Tenant isolation is broken after this plan, 1 resource with data destroyed or replaced',
      '',
      'Stack `production`',
    ]);
    expect(outline(markdown).slice(1)).toEqual([
      '#### Destroyed or replaced',
      '#### Attacks that get through (`aws_iam_role.tenant`)',
      '#### Cannot be told',
      '#### Guards that vanish',
      expect.stringMatching(/^<details><summary>[\d,]+ of [\d,]+ attacks denied, \d+ operations on own data allowed<\/summary>$/),
      '<details><summary>1 other change</summary>',
    ]);
    expect(markdown.match(/<details>/g)).toHaveLength(markdown.match(/<\/details>/g)?.length ?? 0);
    expect(markdown.endsWith('\n')).toBe(true);
  });

  it('says of each finding what it is', () => {
    const lines = markdownReport(leaking, 'production').split('\n');
    for (const line of [
      '- `aws_dynamodb_table.old is destroyed`',
      '- **new: the whole table: no key, scans, PartiQL: 1 attack gets through**',
      `  - witness: \`tenant 'a': dynamodb:Scan on ${TABLE} with no dynamodb:LeadingKeys\``,
      '  - because: `allowed by statement Scan of aws_iam_role_policy.more`',
      '- `aws_iam_policy.late`: `known after apply`',
      '- create `aws_sqs_queue.x`',
      '| attacks | tried | denied |',
    ]) {
      expect(lines).toContain(line);
    }
  });

  it.each([
    ['✅', 'holds'],
    ['❌', 'broken'],
    ['⚠️', 'unknown'],
  ] as const)('has %s where isolation is: %s', (icon, isolation) => {
    expect(markdownReport({ ...leaking, isolation }, 'x')).toContain(`### ${icon} `);
  });

  it('has nothing but the sections that there are', () => {
    expect(outline(markdownReport(review(state(), actions), 'x'))).toEqual([
      expect.stringMatching(/^### ✅ /),
      expect.stringMatching(/^<details><summary>/),
    ]);
  });

  it('says what a tenant may not do, and of what that cannot be told', () => {
    const denying = { Effect: 'Deny', Action: 's3:PutObject', Resource: '*' } as const;
    const perhaps = {
      Effect: 'Deny',
      Action: 's3:GetObject',
      Resource: '*',
      Condition: { Bool: { 'unheard:of': 'true' } },
    } as const;
    const markdown = markdownReport(review(plan({ after: estate({ roles: [roleWith(denying, perhaps)] }) }), actions), 'x');
    expect(markdown).toContain('- `s3:PutObject` on `arn:aws:s3:::files`\n');
    expect(markdown).toContain('- `s3:GetObject` on `arn:aws:s3:::files` (cannot be told)');
    expect(markdown).toContain('#### No longer possible for a tenant on its own data');
  });
});

describe('the marker', () => {
  it('tells stacks apart', () => {
    expect(marker('production')).toBe('multi-tenant-iam review: production');
    expect(marker('eu/west 1.b')).not.toBe(marker('production'));
  });

  it.each(['a-->b', '<!--', 'a --', 'a-->\n<script>', '`x`', 'a--->'])('fails to end its comment: %j', (label) => {
    const [first] = markdownReport(leaking, label).split('\n');
    expect(first).toMatch(/^<!-- multi-tenant-iam review: [\w. /-]* -->$/);
    expect(first?.slice('<!--'.length, -'-->'.length)).not.toContain('--');
  });
});

describe('names in a hostile plan', () => {
  const HOSTILE = [
    'a`b``c```',
    '`` @everyone ``',
    '<img src=x onerror=alert(1)>',
    '<!-- x -->',
    '</details>',
    '| a | b |',
    '@octocat',
    'x\n\n# heading\n- [ ] task',
    'x\r\n> quote',
    'https://evil.example www.evil.example',
    '[link](https://evil.example)',
    '![image](https://evil.example/x.png)',
    '#1 octocat/repo#2',
    '**bold** _x_ \\',
  ];

  /** A review in which everything that a plan can name has that name. */
  function called(name: string): Review {
    const [wide] = review(state(estate({ roles: [roleWith(WIDE)] })), actions).roles;
    const [leak] = wide?.attacks.leaks ?? [];
    if (wide === undefined || leak === undefined) throw new Error('there is no leak');
    const witness = { ...leak.witness, requests: leak.witness.requests.map((request) => ({ ...request, resource: name })) };
    const statement = { policy: name, index: 0, sid: name };
    return {
      ...leaking,
      destroyed: [{ address: name, action: 'replace', because: [name], allowed: false }],
      roles: [
        {
          ...wide,
          address: name,
          attacks: {
            ...wide.attacks,
            leaks: [
              { ...leak, witness, decision: { ...leak.decision, statement } },
              {
                ...leak,
                witness,
                effect: 'unknown',
                decision: { effect: 'unknown', reason: 'undecided', statement, because: name },
              },
            ],
          },
          lost: wide.own.slice(0, 1).map((own) => ({ ...own, on: name })),
          own: wide.own.map((own) => ({ ...own, on: name, effect: 'deny' })),
        },
      ],
      guards: [{ address: name, guard: `condition Null ${name} of statement ${name}` }],
      unknown: [{ name, because: name }],
      notJudged: [{ name, because: name }],
      others: [{ address: name, action: 'update' }],
    };
  }

  /** What each line begins with. */
  const structure = (markdown: string) =>
    markdown.split('\n').map((line) => /^ *(?:#+ |- |\||<\/?\w+>|<!--|> |$)?/.exec(line)?.[0]);

  it.each(HOSTILE)('stay in their place: %j', (name) => {
    const markdown = markdownReport(called(name), name);
    const plain = markdownReport(called('x'), 'x');
    expect(structure(markdown)).toEqual(structure(plain));
    // No name ends its code span.
    const spans = (text: string) => (text.match(/\\`|`[^`\n]*`?/g) ?? []).filter((each) => each.startsWith('`')).length;
    expect(spans(markdown)).toBe(spans(plain));
    const text = prose(markdown).split('\n').slice(1).join('\n');
    expect(text).not.toMatch(/https?:\/\/|www\./);
    expect(text).not.toMatch(/<img|<script|@\w|!\[|(?<!\\)\]\(/);
    expect(text.replace(/<\/?(?:details|summary)>/g, '')).not.toMatch(/[<>]/);
    expect(text).not.toMatch(/(?<![\\&])#\d/);
  });
});

describe('a huge review', () => {
  const many = (length: number) => Array.from({ length }, (_, index) => `aws_s3_bucket.${'x'.repeat(300)}["${index}"]`);

  it('lists a hundred of each kind, and says how many more there are', () => {
    const unknown = Array.from({ length: 1234 }, (_, index) => ({
      name: `aws_iam_policy.p${index}`,
      because: 'known after apply',
    }));
    const markdown = markdownReport({ ...leaking, unknown }, 'x');
    expect(markdown.match(/aws_iam_policy\.p\d/g)).toHaveLength(100);
    expect(markdown).toContain('- and 1,134 more');
  });

  it('fits into a comment, in whole sections, and says what is left out', () => {
    const huge: Review = {
      ...leaking,
      destroyed: many(5000).map((address) => ({ address, action: 'destroy', because: [], allowed: false })),
      unknown: many(5000).map((name) => ({ name, because: 'known after apply' })),
      guards: many(5000).map((address) => ({ address, guard: 'deletion protection' })),
      others: many(5000).map((address) => ({ address, action: 'update' })),
    };
    const markdown = markdownReport(huge, 'x');
    expect(markdown.length).toBeLessThanOrEqual(MAX_COMMENT_CHARACTERS);
    expect(MAX_COMMENT_CHARACTERS).toBe(65_536);
    expect(markdown).toMatch(/_\d sections? left out, as a comment has room for 65,536 characters; the text report has all\._\n$/);
    expect(markdown.match(/<details>/g)?.length ?? 0).toBe(markdown.match(/<\/details>/g)?.length ?? 0);
    expect(markdown.startsWith('<!-- multi-tenant-iam review: x -->\n\n### ❌')).toBe(true);
    expect(markdown).toContain('#### Destroyed or replaced');
  });

  it('keeps what stands first even if one name is longer than a comment', () => {
    const markdown = markdownReport(
      { ...leaking, destroyed: [{ address: 'x'.repeat(70_000), action: 'destroy', because: [], allowed: false }] },
      'x',
    );
    expect(markdown.length).toBeLessThanOrEqual(MAX_COMMENT_CHARACTERS);
    expect(markdown).toContain('### ❌ Tenant isolation is broken');
    expect(markdown).toContain('left out');
  });

  it('leaves nothing out that fits', () => {
    expect(markdownReport(leaking, 'x')).not.toContain('left out');
  });
});
