import { MultiTenantIamError } from '../errors';
import { issuerOfProviderArn } from '../policy';
import { upstreamsOf } from './estate/default-estate';
import type { SandboxOptions } from './options';
import { parseUpstream } from './upstream/upstream';

const KNOWN: Readonly<Record<keyof SandboxOptions, true>> = {
  port: true,
  account: true,
  region: true,
  identityProviders: true,
  roles: true,
  tables: true,
  buckets: true,
  upstream: true,
  onRecord: true,
};

/**
 * Checks options as plain JavaScript may give them.
 *
 * @throws MultiTenantIamError `config.invalid` that names all that is wrong, and what is allowed
 */
export function checkSandboxOptions(options: SandboxOptions): void {
  const problems = [
    ...Object.keys(options)
      .filter((name) => !Object.hasOwn(KNOWN, name))
      .map((name) => `unknown option '${name}', known are ${Object.keys(KNOWN).join(', ')}`),
    ...Object.entries(CHECKS).flatMap(([name, { allowed, fits }]) => {
      const value: unknown = options[name as keyof SandboxOptions];
      return value === undefined || fits(value) ? [] : [`'${name}' is ${shown(value)}, allowed is ${allowed}`];
    }),
    ...upstreamProblems(options),
  ];
  if (problems.length > 0) {
    throw new MultiTenantIamError('config.invalid', `The sandbox cannot start: ${problems.join('; ')}.`);
  }
}

const CHECKS: Readonly<Record<string, { readonly allowed: string; readonly fits: (value: unknown) => boolean }>> = {
  port: {
    allowed: 'a whole number from 0 to 65535',
    fits: (value) => Number.isInteger(value) && Number(value) >= 0 && Number(value) <= 65_535,
  },
  account: { allowed: 'twelve digits', fits: (value) => matches(value, /^\d{12}$/) },
  region: { allowed: "the name of a region, as 'eu-central-1'", fits: (value) => matches(value, /^[a-z]{2,}(?:-[a-z]+)+-\d+$/) },
  identityProviders: {
    allowed: "a list of { issuerUrl: 'https://...', clientIds: ['...'] }, http on this machine only",
    fits: (value) => list(value, ({ issuerUrl, clientIds }) => isIssuer(issuerUrl) && texts(clientIds) && clientIds.length > 0),
  },
  roles: {
    allowed: "a list of { role: '<name or ARN>', trustPolicy: {...}, policies: { <name>: {...} } }",
    fits: (value) =>
      list(
        value,
        ({ role, trustPolicy, policies }) =>
          text(role) && isRecord(trustPolicy) && isRecord(policies) && Object.values(policies).every(isRecord),
      ),
  },
  tables: {
    allowed: "a list of { tableName: '...' }",
    fits: (value) => list(value, ({ tableName }) => matches(tableName, /^[\w.-]{3,255}$/)),
  },
  buckets: {
    allowed: "a list of { bucketName: '...' }",
    fits: (value) => list(value, ({ bucketName }) => matches(bucketName, /^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/)),
  },
  onRecord: { allowed: 'a function', fits: (value) => typeof value === 'function' },
};

function upstreamProblems(options: SandboxOptions): string[] {
  const { upstream } = options;
  if (upstream === undefined) return [];
  if (typeof upstream !== 'string' && !isRecord(upstream)) return ["'upstream' must be a URL, or an object of URLs by service"];
  const services = upstreamsOf(options);
  const unknown = Object.keys(services).filter((name) => !['dynamodb', 's3', 'iam'].includes(name));
  const problems = unknown.map((name) => `'upstream' has '${name}', allowed are dynamodb, s3 and iam`);
  for (const url of new Set(Object.values(services))) {
    try {
      parseUpstream(url);
    } catch (error) {
      problems.push(error instanceof Error ? error.message : String(error));
    }
  }
  if (services.iam !== undefined && (options.roles !== undefined || options.identityProviders !== undefined)) {
    problems.push("'roles' and 'identityProviders' are those of the upstream for IAM, so they cannot be declared too");
  }
  return problems;
}

function isIssuer(value: unknown): boolean {
  if (!text(value) || !URL.canParse(value) || /[?#\s]/.test(value)) return false;
  const { protocol, hostname } = new URL(value);
  const local = /^(?:localhost|127(?:\.\d{1,3}){3}|\[::1\])$/.test(hostname);
  return (
    (protocol === 'https:' && issuerOfProviderArn(`arn:aws:iam::123456789012:oidc-provider/${value.slice(8)}`) !== undefined) ||
    (protocol === 'http:' && local)
  );
}

function list(value: unknown, fits: (each: Readonly<Record<string, unknown>>) => boolean): boolean {
  return Array.isArray(value) && value.every((each: unknown) => isRecord(each) && fits(each));
}

function texts(value: unknown): value is string[] {
  return Array.isArray(value) && value.every(text);
}

function text(value: unknown): value is string {
  return typeof value === 'string' && value !== '';
}

function matches(value: unknown, pattern: RegExp): boolean {
  return typeof value === 'string' && pattern.test(value);
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** A value as it was given, cut; no secret is among these options but in the URL of an upstream, which is not shown. */
function shown(value: unknown): string {
  const json = typeof value === 'function' ? 'a function' : JSON.stringify(value);
  return json.length > 80 ? `${json.slice(0, 77)}...` : json;
}
