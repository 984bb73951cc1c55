import type { TenantDataAccessErrorCode } from 'multi-tenant-data-access';
import { SESSION_TAGS_CLAIM } from 'multi-tenant-data-access/tenancy';
import { signToken, tenantClaims, tenantToken } from './tokens';

/** The flattened form of the claim, for providers that cannot emit objects. */
export const FLATTENED_TAG_CLAIM = `${SESSION_TAGS_CLAIM}/principal_tags/tenant_id`;

export interface RefusedToken {
  readonly token: unknown;
  readonly code: TenantDataAccessErrorCode;
  /** What the message must say. */
  readonly says: string;
}

/** A current token of `acme`, these claims put over the usual ones; undefined takes a claim away. */
export function tokenWith(claims: Record<string, unknown>): string {
  return signToken({ ...tenantClaims('acme'), ...claims });
}

/** A current token with these nested tags. */
export function tokenWithTags(principalTags: unknown): string {
  return tokenWith({ [SESSION_TAGS_CLAIM]: { principal_tags: principalTags } });
}

/** A current token with the flattened form only. */
export function tokenWithFlattenedTag(value: unknown): string {
  return tokenWith({ [SESSION_TAGS_CLAIM]: undefined, [FLATTENED_TAG_CLAIM]: value });
}

const encoded = (text: string) => Buffer.from(text).toString('base64url');
const [header = '', payload = '', signature = ''] = tenantToken('acme').split('.');
const secondsFromNow = (seconds: number) => Math.floor(Date.now() / 1000) + seconds;

const NO_JWT = 'not a JSON Web Token of three base64url parts';
const TYPES = 'a JSON header and payload whose standard claims have their types';
const ONE_STRING = 'must be an array of exactly one string';
const FLATTENED_STRING = 'its flattened tag "tenant_id" must be a string';

/** Tokens which no call to AWS may follow, when tenant `acme` is wanted and the tag key is `tenant_id`. */
export const REFUSED_TOKENS: Readonly<Record<string, RefusedToken>> = {
  'an empty string': { token: '', code: 'token.malformed', says: '4-20000 characters, given was a string of 0 characters' },
  'no string': { token: undefined, code: 'token.malformed', says: 'given was a value of type undefined' },
  'an array that holds a token': {
    token: [tenantToken('acme')],
    code: 'token.malformed',
    says: 'given was a value of type object',
  },
  'a string that is no JWT': { token: 'not-a-token', code: 'token.malformed', says: NO_JWT },
  'three parts that are no JSON': { token: 'aaaa.bbbb.cccc', code: 'token.malformed', says: NO_JWT },
  'two parts': { token: `${header}.${payload}`, code: 'token.malformed', says: NO_JWT },
  'four parts': { token: `${header}.${payload}.${signature}.${signature}`, code: 'token.malformed', says: NO_JWT },
  'an empty signature': { token: `${header}.${payload}.`, code: 'token.malformed', says: NO_JWT },
  'a line break at the end': { token: `${header}.${payload}.${signature}\n`, code: 'token.malformed', says: NO_JWT },
  'a header that is an array': { token: `${encoded('[]')}.${payload}.${signature}`, code: 'token.malformed', says: NO_JWT },
  'a payload that is an array': { token: `${header}.${encoded('[]')}.${signature}`, code: 'token.malformed', says: NO_JWT },
  'a payload that is null': { token: `${header}.${encoded('null')}.${signature}`, code: 'token.malformed', says: NO_JWT },

  'no exp claim': { token: tokenWith({ exp: undefined }), code: 'token.malformed', says: "no 'exp' claim" },
  'an exp claim that is a string': { token: tokenWith({ exp: '4102444800' }), code: 'token.malformed', says: TYPES },
  'an exp claim that is an array': { token: tokenWith({ exp: [4102444800] }), code: 'token.malformed', says: 'cannot be used' },
  'an exp claim that is null': { token: tokenWith({ exp: null }), code: 'token.malformed', says: 'cannot be used' },
  'an exp claim beyond all dates': {
    token: tokenWith({ exp: 1e300 }),
    code: 'token.malformed',
    says: "its 'exp' claim is no time",
  },
  'an exp claim in milliseconds': {
    token: tokenWith({ exp: Date.now() + 3_600_000 }),
    code: 'token.malformed',
    says: "its 'exp' claim is no time in seconds since 1970",
  },
  'an exp claim of the year 10000': {
    token: tokenWith({ exp: 253_402_300_800 }),
    code: 'token.malformed',
    says: "its 'exp' claim is no time in seconds since 1970",
  },
  'an exp claim that is infinite': {
    token: `${header}.${encoded('{"exp":1e999}')}.${signature}`,
    code: 'token.malformed',
    says: 'cannot be used',
  },
  'an exp claim of a minute ago': { token: tokenWith({ exp: secondsFromNow(-60) }), code: 'token.expired', says: 'expired at 2' },
  'an exp claim of zero': { token: tokenWith({ exp: 0 }), code: 'token.expired', says: 'expired at 1970-01-01T00:00:00.000Z' },
  'an exp claim below zero': { token: tokenWith({ exp: -1 }), code: 'token.expired', says: 'expired at 1969-12-31T23:59:59.000Z' },

  'no tags claim': {
    token: tokenWith({ [SESSION_TAGS_CLAIM]: undefined }),
    code: 'token.tenant_missing',
    says: `the session tag "tenant_id", as claim '${SESSION_TAGS_CLAIM}' or '${FLATTENED_TAG_CLAIM}'`,
  },
  'a tenant in a custom claim only': {
    token: tokenWith({ [SESSION_TAGS_CLAIM]: undefined, 'custom:tenant_id': 'acme', tenant_id: 'acme' }),
    code: 'token.tenant_missing',
    says: 'names no tenant',
  },
  'no tag': { token: tokenWithTags({}), code: 'token.tenant_missing', says: 'names no tenant' },
  'another tag only': { token: tokenWithTags({ department: ['acme'] }), code: 'token.tenant_missing', says: 'names no tenant' },
  'a tags claim that is a string': {
    token: tokenWith({ [SESSION_TAGS_CLAIM]: 'acme' }),
    code: 'token.malformed',
    says: "must be an object with an object 'principal_tags'",
  },
  'a tags claim that is null': {
    token: tokenWith({ [SESSION_TAGS_CLAIM]: null }),
    code: 'token.malformed',
    says: "must be an object with an object 'principal_tags'",
  },
  'principal tags that are an array': {
    token: tokenWithTags([['tenant_id', 'acme']]),
    code: 'token.malformed',
    says: 'principal_tags',
  },
  'no principal tags': { token: tokenWithTags(undefined), code: 'token.malformed', says: 'principal_tags' },

  'two values in the array': { token: tokenWithTags({ tenant_id: ['acme', 'acme'] }), code: 'token.malformed', says: ONE_STRING },
  'an empty array': { token: tokenWithTags({ tenant_id: [] }), code: 'token.malformed', says: ONE_STRING },
  'a nested value that is no array': { token: tokenWithTags({ tenant_id: 'acme' }), code: 'token.malformed', says: ONE_STRING },
  'a nested value that is a number': { token: tokenWithTags({ tenant_id: [7] }), code: 'token.malformed', says: ONE_STRING },
  'a nested value that is null': { token: tokenWithTags({ tenant_id: [null] }), code: 'token.malformed', says: ONE_STRING },
  'a nested value that is an array': { token: tokenWithTags({ tenant_id: [['acme']] }), code: 'token.malformed', says: ONE_STRING },
  'two values of another tag': {
    token: tokenWithTags({ tenant_id: ['acme'], team: ['red', 'blue'] }),
    code: 'token.malformed',
    says: `its tag "team" ${ONE_STRING}`,
  },
  'a flattened value that is an array': {
    token: tokenWithFlattenedTag(['acme']),
    code: 'token.malformed',
    says: FLATTENED_STRING,
  },
  'a flattened value that is a number': { token: tokenWithFlattenedTag(7), code: 'token.malformed', says: FLATTENED_STRING },
  'a flattened value that is true': { token: tokenWithFlattenedTag(true), code: 'token.malformed', says: FLATTENED_STRING },
  'a flattened value that is null': { token: tokenWithFlattenedTag(null), code: 'token.malformed', says: FLATTENED_STRING },
  'a flattened value that is an object': {
    token: tokenWithFlattenedTag({ tenant_id: 'acme' }),
    code: 'token.malformed',
    says: FLATTENED_STRING,
  },
  'a flattened value that is an array beside a sound nested one': {
    token: tokenWith({ [FLATTENED_TAG_CLAIM]: ['acme'] }),
    code: 'token.malformed',
    says: FLATTENED_STRING,
  },
  'a flattened value of another tag that is a number': {
    token: tokenWith({ [`${SESSION_TAGS_CLAIM}/principal_tags/team`]: 7 }),
    code: 'token.malformed',
    says: 'its flattened tag "team" must be a string',
  },

  'nested and flattened forms that disagree': {
    token: tokenWith({ [FLATTENED_TAG_CLAIM]: 'globex' }),
    code: 'token.malformed',
    says: 'two values for the tag "tenant_id"',
  },
  'a tag key in capitals': {
    token: tokenWithTags({ TENANT_ID: ['acme'] }),
    code: 'token.malformed',
    says: 'its tag "TENANT_ID" must be written "tenant_id"',
  },
  'a tag key in both cases': {
    token: tokenWithTags({ tenant_id: ['acme'], Tenant_Id: ['acme'] }),
    code: 'token.malformed',
    says: 'its tag "Tenant_Id" must be written "tenant_id"',
  },
  'a flattened tag key in capitals': {
    token: tokenWith({ [SESSION_TAGS_CLAIM]: undefined, [`${SESSION_TAGS_CLAIM}/principal_tags/TENANT_ID`]: 'acme' }),
    code: 'token.malformed',
    says: 'its tag "TENANT_ID" must be written "tenant_id"',
  },

  "a tenant with '/'": { token: tenantToken('acme/globex'), code: 'tenant.invalid', says: '"acme/globex" is not a tenant id' },
  "a tenant with '..'": { token: tenantToken('acme..globex'), code: 'tenant.invalid', says: '"acme..globex" is not a tenant id' },
  'an empty tenant': { token: tenantToken(''), code: 'tenant.invalid', says: '"" is not a tenant id' },
  'a tenant that is a wildcard': { token: tenantToken('*'), code: 'tenant.invalid', says: '"*" is not a tenant id' },
  'a tenant of 129 characters': { token: tenantToken('a'.repeat(129)), code: 'tenant.invalid', says: 'a string of 129 characters' },
};

/** Sound tokens, but not of `acme`. */
export const TOKENS_OF_OTHERS: Readonly<Record<string, string>> = {
  'another tenant': tenantToken('globex'),
  'the same tenant in other case': tenantToken('Acme'),
  'a tenant whose id continues': tenantToken('acme-2'),
  'another tenant in the flattened form': tokenWithFlattenedTag('globex'),
};
