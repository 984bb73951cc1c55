import { isObject, type JsonObject, own } from './review-input';

/** What the configuration of the AWS providers says about where resources lie. */
export interface ProviderEnvironment {
  /** Of a provider that names its region, by its key: `aws`, `aws.us` */
  readonly regions: ReadonlyMap<string, string>;
  /** The providers work in different regions, or may do so. */
  readonly severalRegions: boolean;
  /** The providers may work in different accounts. */
  readonly severalAccounts: boolean;
}

const ACCOUNT_SETTINGS = [
  'access_key',
  'assume_role',
  'assume_role_with_web_identity',
  'profile',
  'shared_config_files',
  'shared_credentials_files',
  'token',
];

/** Reads `configuration.provider_config` and the root variables of a plan. */
export function providerEnvironment(configuration: JsonObject, variables: JsonObject): ProviderEnvironment {
  const all = own(configuration, 'provider_config');
  const regions = new Map<string, string>();
  const regionSettings = new Set<string>();
  const accounts = new Set<string>();
  for (const [key, provider] of Object.entries(isObject(all) ? all : {})) {
    const expressions = own(provider, 'expressions');
    // One that a module only inherits has no expressions of its own.
    if (own(provider, 'name') !== 'aws' || (expressions === undefined && own(provider, 'module_address') !== undefined)) continue;
    accounts.add(fingerprint(ACCOUNT_SETTINGS.map((setting) => own(expressions, setting))));
    const region = regionOf(own(expressions, 'region'), variables);
    regionSettings.add(region ?? fingerprint([own(expressions, 'region')]));
    if (region !== undefined) regions.set(key, region);
  }
  return { regions, severalRegions: regionSettings.size > 1, severalAccounts: accounts.size > 1 };
}

function regionOf(expression: unknown, variables: JsonObject): string | undefined {
  const constant = own(expression, 'constant_value');
  if (typeof constant === 'string' && !constant.includes('${')) return constant;
  const references = own(expression, 'references');
  const [only, ...others] = Array.isArray(references) ? (references as unknown[]) : [];
  if (typeof only !== 'string' || others.length > 0 || !only.startsWith('var.')) return undefined;
  const value = own(own(variables, only.slice('var.'.length)), 'value');
  // An expression around the variable would not be told from the variable alone, but then its value is seldom a region.
  return typeof value === 'string' && REGION.test(value) ? value : undefined;
}

const REGION = /^[a-z]{2,}(?:-[a-z]+)+-\d+$/;

/** Alike for alike settings. An input nested so deep that it cannot be written is like no other. */
function fingerprint(settings: readonly unknown[]): string {
  try {
    return JSON.stringify(settings);
  } catch {
    return String(Math.random());
  }
}
