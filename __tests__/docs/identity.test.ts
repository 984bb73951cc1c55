import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { Script } from 'node:vm';
import { MultiTenantIamStack, type MultiTenantIamStackConfig } from '../../lib';
import { printed } from '../support/oidc-provider';
import { testApp } from '../support/synthesis';
import { ROOT } from '../support/terraform';

const FOLDER = join(ROOT, 'docs', 'identity');
const PAGES = readdirSync(FOLDER).filter((name) => name.endsWith('.md'));

const read = (page: string) => readFileSync(join(FOLDER, page), 'utf8');

/** Blocks of a page in this language, with the white space of a list taken away. */
function blocks(page: string, language: string): string[] {
  const fences = read(page).matchAll(new RegExp(`^( *)\`\`\`${language}\\n([^]*?)\\n\\1\`\`\`$`, 'gm'));
  return [...fences].map(([, , text = '']) => text);
}

/** The anchor that a heading gets. */
const anchorOf = (heading: string) =>
  heading
    .toLowerCase()
    .replace(/[^\w\- ]/g, '')
    .replace(/ /g, '-');

describe('docs/identity', () => {
  it('has a page for each provider', () => {
    const providers = ['auth0.md', 'cognito.md', 'entra-id.md', 'keycloak.md', 'okta.md', 'self-made.md'];
    expect([...PAGES].sort()).toEqual(['README.md', ...providers]);
    for (const page of providers) expect(read('README.md')).toContain(`](${page})`);
  });

  describe.each(PAGES)('%s', (page) => {
    it('has JSON that parses, and settings that fit', () => {
      const parsed = blocks(page, 'json').map((text) => JSON.parse(text) as Record<string, unknown>);
      const settings = parsed.filter((each) => 'identity' in each);
      expect(settings.length).toBeGreaterThan(0);
      for (const each of settings) {
        const config = each as MultiTenantIamStackConfig;
        expect(() => new MultiTenantIamStack(testApp(), 'app', config)).not.toThrow();
      }
    });

    it('links to what is there', () => {
      const links = [...read(page).matchAll(/\]\(([^)]+)\)/g)].map(([, target = '']) => target);
      for (const target of links.filter((each) => !/^https:\/\/\S+$/.test(each))) {
        const [path = '', anchor] = target.split('#');
        const file = path === '' ? join(FOLDER, page) : join(dirname(join(FOLDER, page)), path);
        expect([target, existsSync(file)]).toEqual([target, true]);
        if (anchor === undefined) continue;
        const headings = [...readFileSync(file, 'utf8').matchAll(/^#+ (.*)$/gm)].map(([, heading = '']) => anchorOf(heading));
        expect(headings).toContain(anchor);
      }
    });

    it('says what was tried and what not, who sets the tenant, and how to check a token', () => {
      const text = read(page);
      for (const part of [/^Tried: /m, /^Not tried: /m, /^## Who sets the tenant$/m, /^## Roles and permissions$/m]) {
        expect(text).toMatch(part);
      }
      expect(text).toContain('npx multi-tenant-iam check-token');
    });
  });

  it('prints programs of the self-made issuer that compile', () => {
    for (const file of ['issuer-configuration.js', 'issuer.js', 'make-settings.js', 'log-in.js']) {
      expect(() => new Script(printed(file))).not.toThrow();
    }
  });
});
