/** Who makes a request. */
export type RequestPrincipal =
  | {
      readonly kind: 'role-session';
      /** `arn:<partition>:iam::<account>:role/<path and name>` */
      readonly roleArn: string;
      /** `arn:<partition>:sts::<account>:assumed-role/<name>/<session name>` */
      readonly sessionArn: string;
      readonly account: string;
    }
  | { readonly kind: 'user'; readonly arn: string; readonly account: string }
  | { readonly kind: 'account-root'; readonly account: string }
  /** A token on its way to AssumeRoleWithWebIdentity: the ARN of its IAM OIDC provider, or a built-in provider's host. */
  | { readonly kind: 'web-identity'; readonly provider: string }
  | { readonly kind: 'saml'; readonly provider: string }
  /** An AWS service, `ec2.amazonaws.com` */
  | { readonly kind: 'service'; readonly name: string }
  | { readonly kind: 'anonymous' };

/** One request as IAM sees it: one action on one resource, with what is known of the circumstances. */
export interface AccessRequest {
  readonly principal: RequestPrincipal;
  /** `<service>:<action>`, in any case. */
  readonly action: string;
  /** ARN of the resource, or `*` for actions that name none. */
  readonly resource: string;
  /**
   * Account that owns the resource.
   *
   * @default - the account in the ARN, else (S3) the principal's
   */
  readonly resourceAccount?: string;
  readonly context: RequestContext;
}

/** What a context knows of a key: its values, that it is absent, or nothing. */
export type ContextEntry = readonly string[] | 'absent' | 'unmodelled';

/**
 * Condition keys of a request with their values. Names are compared without case, also the tag key within
 * `aws:PrincipalTag/<key>`.
 *
 * A closed context holds all there is: a key that it does not name is absent. An open one tells apart what is known to be absent from
 * what was not modelled; a condition on the latter cannot be decided, so that a policy is never judged by a key nobody thought of.
 *
 * @see https://docs.aws.amazon.com/IAM/latest/UserGuide/intro-structure.html#intro-structure-request
 */
export class RequestContext {
  /** The last one that names a key counts. Layers, so that what holds for many requests is read once. */
  readonly #layers: readonly Layer[];
  readonly #others: 'absent' | 'unmodelled';
  readonly #families: readonly string[];

  private constructor(layers: readonly Layer[], others: 'absent' | 'unmodelled', families: readonly string[] = []) {
    this.#layers = layers;
    this.#others = others;
    this.#families = families;
  }

  /** All keys there are; no value or an empty list is absence. */
  static closed(entries: ContextEntries = {}): RequestContext {
    return new RequestContext([layerOf(entries)], 'absent');
  }

  /**
   * Keys that are known; `undefined` says that a key is absent, a key not named is not modelled.
   *
   * @param families beginnings of keys of which all are named, so that another one is absent: `aws:PrincipalTag/`
   */
  static open(entries: ContextEntries = {}, families: readonly string[] = []): RequestContext {
    return new RequestContext(
      [layerOf(entries)],
      'unmodelled',
      families.map((family) => family.toLowerCase()),
    );
  }

  /** The same with some keys set or, by `undefined`, taken away. */
  with(entries: ContextEntries): RequestContext {
    return new RequestContext([...this.#layers, layerOf(entries)], this.#others, this.#families);
  }

  /** @param key in lower case */
  get(key: string): ContextEntry {
    for (let index = this.#layers.length - 1; index >= 0; index--) {
      const known = this.#layers[index]?.get(key)?.entry;
      if (known !== undefined) return known;
    }
    return this.#families.some((family) => key.startsWith(family)) ? 'absent' : this.#others;
  }

  /** Keys with values as they were written, for people and programs to read. */
  toJSON(): Record<string, readonly string[]> {
    const all = new Map<string, NamedEntry>();
    for (const layer of this.#layers) for (const [key, named] of layer) all.set(key, named);
    return Object.fromEntries([...all.values()].flatMap(({ name, entry }) => (typeof entry === 'string' ? [] : [[name, entry]])));
  }
}

/** A key as it was written, and what is known of it. */
interface NamedEntry {
  readonly name: string;
  readonly entry: ContextEntry;
}

/** Keys in lower case. */
type Layer = ReadonlyMap<string, NamedEntry>;

/** Values by condition key; `undefined` for a key that is absent. */
export type ContextEntries = Readonly<Record<string, string | readonly string[] | undefined>>;

function layerOf(entries: ContextEntries): Layer {
  const known = LAYERS.get(entries);
  if (known !== undefined) return known;
  const layer = new Map<string, NamedEntry>();
  for (const name of Object.keys(entries)) {
    const value = entries[name];
    const values = typeof value === 'string' ? [value] : (value ?? []);
    layer.set(name.toLowerCase(), { name, entry: values.length === 0 ? 'absent' : values });
  }
  if (Object.isFrozen(entries)) LAYERS.set(entries, layer);
  return layer;
}

/** Entries that are frozen are read once: they are the same for many requests. */
const LAYERS = new WeakMap<ContextEntries, Layer>();
