import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type BrowserContext, chromium, type Locator, type Page as Tab } from 'playwright-core';
import { bucketAccessPolicy, tableAccessPolicy, trustPolicy } from '../../lib/policy';
import { startSandbox } from '../../lib/sandbox';
import { LoopbackServer } from '../../lib/sandbox/http/loopback-server';
import { Page } from '../../lib/sandbox/page/page';
import { FakeSandbox } from '../lib/sandbox/page/fake-sandbox';
import { AUDIENCE, BUCKET, ISSUER, PROVIDER, ROLE, TABLE } from '../support/estates';
import { describeWithPrograms, pathOf } from '../support/programs';

/** A record of the log, as a locator reads it. */
const ANONYMOUS_READ = /s3:GetObject\s*anonymous/;
const ARGUMENTS = [
  '--headless',
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];
const HOSTILE = '<img src=x onerror=alert(1)>\u202e';
/** As the page shows it: what turns the line around is written out. */
const SHOWN = '<img src=x onerror=alert(1)>\\u{202e}';

async function startPage(port = 0): Promise<{ readonly url: string; stop(): Promise<void> }> {
  const sandbox = await startSandbox({ port });
  return { url: `${sandbox.endpoint}/_sandbox/`, stop: () => sandbox.close() };
}

/** The page before policies that ask for permissions. */
async function askingPage(): Promise<{ readonly url: string; stop(): Promise<void> }> {
  const permissions = { roles: { viewer: ['read'], editor: ['read', 'write'] } } as const;
  const changes = {
    trust: trustPolicy({ issuers: [{ identityProviderArn: PROVIDER, issuer: ISSUER, audiences: [AUDIENCE] }], permissions }),
    table: tableAccessPolicy({ tables: [{ tableArn: TABLE }], permissions }),
    bucket: bucketAccessPolicy({ buckets: [{ bucketArn: BUCKET }], permissions }),
  };
  const page = new Page(new FakeSandbox(undefined, changes));
  const server = await LoopbackServer.listen(0, async (request) => {
    return (await page.handle(request)) ?? { status: 404, headers: {}, body: Buffer.alloc(0) };
  });
  return {
    url: `http://127.0.0.1:${server.port}/_sandbox/`,
    stop: () => {
      page.close();
      return server.close();
    },
  };
}

describeWithPrograms('the page of the sandbox', ['chromium'], () => {
  let sandbox: { readonly url: string; stop(): Promise<void> };
  let browser: BrowserContext;
  let tab: Tab;
  const profile = mkdtempSync(join(tmpdir(), 'sandbox-page-'));
  /** What the browser complains of: errors, and what the page's policy forbids. */
  const complaints: string[] = [];

  beforeAll(async () => {
    sandbox = await startPage();
    browser = await chromium.launchPersistentContext(profile, {
      executablePath: pathOf('chromium'),
      args: ARGUMENTS,
      viewport: { width: 1280, height: 800 },
      colorScheme: 'light',
    });
    browser.setDefaultTimeout(15_000);
    tab = await browser.newPage();
    tab.on('console', (message) => {
      // Of a request that the page expects to be refused.
      if (!message.text().includes('status of 400')) complaints.push(`${message.type()}: ${message.text()}`);
    });
    tab.on('pageerror', (error) => complaints.push(error.message));
    tab.on('dialog', (dialog) => {
      complaints.push(`dialog: ${dialog.message()}`);
      void dialog.dismiss();
    });
    await open();
  }, 60_000);

  afterAll(async () => {
    await browser.close();
    await sandbox.stop();
    rmSync(profile, { recursive: true, force: true });
  });

  async function open(): Promise<void> {
    await tab.goto(sandbox.url);
    await tab.getByText('Connected', { exact: true }).waitFor();
  }

  const verdict = () => tab.locator('.verdict strong');
  const records = () => tab.getByRole('list', { name: 'Audit log' }).getByRole('listitem');
  /** Name of what has the focus. */
  const focused = () =>
    tab.evaluate<string>(`(() => {
    const { labels, textContent, id } = document.activeElement;
    return (labels?.[0] ?? document.activeElement).textContent.trim() || textContent || id;
  })()`);

  async function tryExample(name: string, expected: string): Promise<void> {
    await tab.getByRole('button', { name }).click();
    await tab.locator('.verdict strong', { hasText: expected }).waitFor();
  }

  async function type(field: Locator, text: string): Promise<void> {
    await field.focus();
    await tab.keyboard.press('Control+A');
    await tab.keyboard.type(text);
  }

  it('is walked through and used by the keyboard alone', async () => {
    const walked: string[] = [];
    for (let step = 0; step < 30 && walked.at(-1) !== 'Send request'; step += 1) {
      await tab.keyboard.press('Tab');
      walked.push(await focused());
    }
    expect(walked[0]).toBe('Skip to the audit log');
    expect(walked.slice(-7)).toStrictEqual([
      'As tenant',
      'Token',
      'Operation',
      'Data of tenant',
      'Key',
      'Role, table, bucket',
      'Send request',
    ]);
    expect(await tab.evaluate('getComputedStyle(document.activeElement).outlineStyle')).toBe('solid');

    await tab.keyboard.press('Enter');
    await verdict().waitFor();
    expect(await verdict().textContent()).toBe('Denied: acme, dynamodb:GetItem');
    expect(await focused()).toBe('Send request');
    for (let step = 0; step < 3; step += 1) await tab.keyboard.press('Shift+Tab');
    expect(await focused()).toBe('Data of tenant');
    await tab.keyboard.press('Control+A');
    await tab.keyboard.type('acme');
    await tab.keyboard.press('Enter');
    await tab.getByText('Allowed: acme, dynamodb:GetItem').waitFor();
  });

  it('shows what was denied, why, and the statement', async () => {
    await tryExample('acme reads an item of globex', 'Denied: acme, dynamodb:GetItem');
    const outcome = tab.locator('#outcome');
    const [decided, near] = [outcome.locator('.decided'), outcome.locator('.statements > li:not(.decided)').first()];
    expect(await decided.innerText()).toMatch(/^Decided by OtherItems1 \(Deny\).*"Sid": "OtherItems1"/s);
    expect(await decided.innerText()).toContain(
      "dynamodb:LeadingKeys is 'globex'; ForAnyValue:StringNotEquals asks for anything but 'acme'.",
    );
    expect(await near.innerText()).toMatch(/^Came near: TenantItems \(Allow\)/);
    await near.getByText('Statement', { exact: true }).click();
    expect(await near.locator('mark').textContent()).toBe('"dynamodb:LeadingKeys": ["${aws:PrincipalTag/tenant_id}"]');
    expect(await outcome.locator('pre').allInnerTexts()).toContainEqual(expect.stringContaining('AccessDeniedException'));
    expect(await outcome.innerText()).not.toMatch(/x-amz-security-token: (?!\(not shown\))/);
  });

  it('shows what was allowed, and attacks by tokens', async () => {
    await tryExample('acme reads its own item', 'Allowed: acme, dynamodb:GetItem');
    expect(await tab.locator('#outcome .decided').innerText()).toMatch(/^Decided by TenantItems \(Allow\)/);
    await tryExample('acme scans the table', 'Denied: acme, dynamodb:Scan');
    await tryExample('A forged token', 'Denied: anonymous, sts:AssumeRoleWithWebIdentity');
    await tryExample('A token without a tenant', 'Denied: token without a tenant, sts:AssumeRoleWithWebIdentity');
    await tryExample('acme lists the whole bucket', 'Denied: acme, s3:ListObjectsV2');
  });

  it('lets the log grow by requests of others, explains them, and shows only what was denied', async () => {
    const before = await records().count();
    await fetch(`${new URL(sandbox.url).origin}/files/tenants/acme/a.txt`);
    // What was asked before may still be on its way into the log.
    const first = records().first();
    await first.filter({ hasText: ANONYMOUS_READ }).waitFor();
    expect(await records().count()).toBeGreaterThan(before);
    expect(await first.innerText()).toMatch(/Denied\s*s3:GetObject\s*anonymous/);
    await first.getByRole('button').focus();
    await tab.keyboard.press('Enter');
    await tab.getByText('Denied: anonymous, s3:GetObject').waitFor();
    expect(await focused()).toBe('Decision');
    expect(await tab.locator('#outcome').innerText()).toContain('tenants/acme/a.txt');

    await tab.getByLabel('Denied only').check();
    expect(await records().filter({ hasText: 'Allowed', visible: true }).count()).toBe(0);
    expect(await records().filter({ hasText: 'Denied', visible: true }).count()).toBeGreaterThan(3);
    await tab.getByLabel('Denied only').uncheck();
  });

  it('shows hostile text as text', async () => {
    await tryExample('acme reads an item of globex', 'Denied: acme, dynamodb:GetItem');
    await type(tab.getByLabel('Data of tenant'), HOSTILE);
    await tab.keyboard.press('Enter');
    await tab.locator('#outcome .decided').getByText(`dynamodb:LeadingKeys is '${SHOWN}'`).waitFor();
    await records().first().filter({ hasText: 'dynamodb:GetItem' }).waitFor();
    await fetch(`${new URL(sandbox.url).origin}/files/${encodeURIComponent(HOSTILE)}`);
    await records().first().filter({ hasText: ANONYMOUS_READ }).waitFor();
    await records().first().getByRole('button').click();
    await tab.locator('#outcome').getByText(`files/${SHOWN}`).first().waitFor();
    expect(await tab.locator('img').count()).toBe(0);
    expect(await tab.locator('body').innerText()).not.toContain('\u202e');
  });

  it('refuses bad input at its field', async () => {
    const tenant = tab.getByLabel('As tenant');
    await type(tenant, '');
    await tab.keyboard.press('Delete');
    await tab.keyboard.press('Enter');
    const problem = tab.getByText('Name the tenant that asks.');
    await problem.waitFor();
    expect(await focused()).toBe('As tenant');
    expect(await tenant.getAttribute('aria-invalid')).toBe('true');
    expect(await tenant.getAttribute('aria-describedby')).toBe(await problem.getAttribute('id'));
    await tryExample('acme reads its own item', 'Allowed');
    expect(await problem.count()).toBe(0);
    expect(await tenant.getAttribute('aria-invalid')).toBeNull();
  });

  it('names every control, and has its landmarks and headings in order', async () => {
    const session = await browser.newCDPSession(tab);
    const { nodes } = await session.send('Accessibility.getFullAXTree');
    const told = nodes
      .filter(({ ignored }) => !ignored)
      .map(({ role, name }) => ({ role: String(role?.value), name: String(name?.value ?? '').trim() }));
    const controls = told.filter(({ role }) => /^(?:button|textbox|combobox|checkbox|link|DisclosureTriangle)/.test(role));
    expect(controls.length).toBeGreaterThan(20);
    expect(controls.filter(({ name }) => name === '')).toStrictEqual([]);
    const landmarks = told.filter(({ role }) => ['banner', 'main', 'region'].includes(role)).map(({ name }) => name);
    expect(landmarks).toStrictEqual(['', '', 'Try a request', 'Decision', 'Audit log']);
    const levels = await tab.evaluate<number[]>(
      `[...document.querySelectorAll('h1, h2, h3, h4')].map(({ tagName }) => +tagName[1])`,
    );
    expect(levels.filter((level, index) => level > (levels[index - 1] ?? 0) + 1)).toStrictEqual([]);
  });

  it.each(['light', 'dark'] as const)('has enough contrast when it is %s', async (colorScheme) => {
    await tab.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
    expect(await tab.evaluate(WEAK_TEXTS)).toStrictEqual([]);
  });

  it.each([320, 640])('needs no scrolling sideways at %i px', async (width) => {
    await tab.setViewportSize({ width, height: 700 });
    expect(await tab.evaluate('document.documentElement.scrollWidth')).toBeLessThanOrEqual(width);
  });

  it('brings the decision into sight on a narrow page', async () => {
    await tab.setViewportSize({ width: 320, height: 700 });
    await tryExample('acme reads an item of globex', 'Denied: acme, dynamodb:GetItem');
    const box = await verdict().boundingBox();
    expect(box?.y).toBeGreaterThan(0);
    expect(box?.y).toBeLessThan(600);
  });

  describe('where policies ask for permissions', () => {
    let asking: { readonly url: string; stop(): Promise<void> };

    beforeAll(async () => {
      asking = await askingPage();
      await tab.setViewportSize({ width: 1280, height: 800 });
      await tab.goto(asking.url);
      await tab.getByText('Connected', { exact: true }).waitFor();
    });

    afterAll(async () => {
      await open();
      await asking.stop();
    });

    const permissions = () => tab.getByLabel('Permissions in the token');
    const send = () => tab.getByRole('button', { name: 'Send request' }).click();

    it('offers what the token may say of them, and shows a viewer who is denied', async () => {
      expect(await permissions().locator('option').allTextContents()).toStrictEqual([
        'everything (rwd/rwd)',
        'viewer',
        'editor',
        'reading only (r--/r--)',
        'none',
      ]);
      expect(await permissions().inputValue()).toBe('rwd/rwd');
      await tryExample('acme writes its own item', 'Allowed: acme (rwd/rwd), dynamodb:PutItem');
      await permissions().selectOption('viewer');
      await send();
      await tab.getByText('Denied: acme (viewer), dynamodb:PutItem').waitFor();
      const near = tab.locator('#outcome .statements > li').first();
      expect(await near.innerText()).toMatch(/^Came near: TenantItemsWrite \(Allow\)/);
      await permissions().selectOption('editor');
      await send();
      await tab.getByText('Allowed: acme (editor), dynamodb:PutItem').waitFor();
      await tryExample('A reader of acme writes an own item', 'Denied: acme (r--/r--), dynamodb:PutItem');
      await tryExample('acme reads its own item', 'Allowed: acme (rwd/rwd), dynamodb:GetItem');
    });

    it('hides the choice for a role whose policies ask for none, and sends none', async () => {
      await tab.getByText('Role, table, bucket').click();
      await type(tab.getByLabel('Role (ARN)'), 'arn:aws:iam::123456789012:role/other');
      await tab.keyboard.press('Enter');
      await tab.locator('.verdict strong', { hasText: 'Denied: acme, dynamodb:GetItem' }).waitFor();
      expect(await permissions().isVisible()).toBe(false);
      expect(await tab.locator('#form-error').textContent()).toBe('');
      await type(tab.getByLabel('Role (ARN)'), ROLE);
      await tab.keyboard.press('Tab');
      await permissions().waitFor();
    });

    it.each(['light', 'dark'] as const)(
      'has enough contrast when it is %s, and needs no scrolling sideways',
      async (colorScheme) => {
        await tab.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
        expect(await tab.evaluate(WEAK_TEXTS)).toStrictEqual([]);
        await tab.setViewportSize({ width: 320, height: 700 });
        expect(await tab.evaluate('document.documentElement.scrollWidth')).toBeLessThanOrEqual(320);
      },
    );
  });

  it('stays within its policy, which forbids what attackers want', async () => {
    expect(complaints).toStrictEqual([]);
    expect(await tab.evaluate(`try { document.body.innerHTML = '<b>'; } catch (error) { error.name }`)).toBe('TypeError');
    await tab.evaluate(`fetch('https://127.0.0.1:9/').catch(() => 0)`);
    expect(complaints.join()).toMatch(/TrustedHTML.*connect-src/s);
  });

  it('tells that the sandbox is gone, and goes on when it is back', async () => {
    const { port } = new URL(sandbox.url);
    await sandbox.stop();
    await tab.getByText('The sandbox does not answer. Trying again…').waitFor();
    await tab.getByRole('button', { name: 'Send request' }).click();
    await tab.getByText('Is it still running?').waitFor();
    sandbox = await startPage(Number(port));
    await tab.getByText('Connected', { exact: true }).waitFor();
    expect(await records().count()).toBe(0);
    await tryExample('acme reads its own item', 'Allowed');
    await records().nth(1).waitFor();
  });
});

/** Texts with less contrast than 4.5 to 1, as WCAG 2 counts it for level AA. */
const WEAK_TEXTS = `(() => {
  const numbers = (color) => color.match(/[\\d.]+/g).map(Number);
  const luminance = (color) => {
    const [r, g, b] = numbers(color).map((part) => (part / 255 <= 0.04045 ? part / 255 / 12.92 : ((part / 255 + 0.055) / 1.055) ** 2.4));
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const ground = (element) => {
    const color = getComputedStyle(element).backgroundColor;
    return numbers(color)[3] === 0 ? ground(element.parentElement) : color;
  };
  const texts = [...document.querySelectorAll('body *')].filter(
    (each) => each.checkVisibility() && [...each.childNodes].some((child) => child.nodeType === 3 && child.data.trim() !== ''),
  );
  return texts.flatMap((each) => {
    const [dark, light] = [luminance(getComputedStyle(each).color), luminance(ground(each))].sort((a, b) => a - b);
    const contrast = (light + 0.05) / (dark + 0.05);
    return contrast < 4.5 ? [each.textContent + ' ' + contrast.toFixed(2)] : [];
  });
})()`;
