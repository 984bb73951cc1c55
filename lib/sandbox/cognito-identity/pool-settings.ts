/** Which claims of a provider's tokens become session tags. */
export interface TagMap {
  /** Whether it is Cognito's own mapping. */
  readonly useDefaults: boolean;
  /** Claims by key of the tag. */
  readonly principalTags: Readonly<Record<string, string>>;
}

/** Roles that a pool begins sessions of, as they were set. */
export interface PoolRoles {
  /** ARNs by who they are for: `authenticated`, `unauthenticated`. */
  readonly roles: Readonly<Record<string, string>>;
  /** By provider, as Cognito has them. */
  readonly roleMappings: object;
}

/**
 * Cognito's own mapping.
 *
 * @see https://docs.aws.amazon.com/cognito/latest/developerguide/provider-mappings.html
 */
const DEFAULTS: TagMap['principalTags'] = { username: 'sub', client: 'aud' };

/**
 * What was set on an upstream's pools through the sandbox, and servers behind it do not keep. It is gone when the sandbox ends.
 */
export class PoolSettings {
  /** By id of the pool. */
  readonly roles = new Map<string, PoolRoles>();
  /** Whether a pool allows the classic flow, by its id. */
  readonly classicFlows = new Map<string, boolean>();
  readonly #tagMaps = new Map<string, TagMap>();

  /** @param providerName as it was given to `setTagMap` */
  tagMap(poolId: string, providerName: string): TagMap | undefined {
    return this.#tagMaps.get(JSON.stringify([poolId, providerName]));
  }

  /** @param principalTags taken if not the defaults are wanted */
  setTagMap(poolId: string, providerName: string, useDefaults: boolean, principalTags: TagMap['principalTags']): TagMap {
    const map = { useDefaults, principalTags: useDefaults ? DEFAULTS : principalTags };
    this.#tagMaps.set(JSON.stringify([poolId, providerName]), map);
    return map;
  }
}
