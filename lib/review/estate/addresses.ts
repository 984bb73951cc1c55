/** Addresses and references as Terraform writes them: `module.shop["eu"].aws_iam_policy.table[0].arn`. */

/** The keys that a block's instances have, for resources and modules alike. */
export function keysOfBlocks(addresses: Iterable<string>): Map<string, Set<string>> {
  const keys = new Map<string, Set<string>>();
  const add = (address: string, key: string) => {
    const known = keys.get(address);
    if (known === undefined) keys.set(address, new Set([key]));
    else known.add(key);
  };
  for (const address of addresses) {
    let prefix = '';
    for (const { name, key, text } of stepsOf(address)) {
      add(prefix + name, key);
      prefix += `${text}.`;
    }
  }
  return keys;
}

/** One name of an address, with the index behind it. */
export interface Step {
  readonly name: string;
  readonly key: string;
  readonly text: string;
}

const STEP = /([^.[\]"]+)((?:\[(?:\d+|"(?:[^"\\]|\\.)*")\])?)(?:\.|$)/y;

/** How many steps name a resource. */
export function sizeOf(steps: readonly Step[]): number {
  return steps[0]?.name === 'data' ? 3 : 2;
}

/** `module.shop["e.u"].aws_iam_role.a[0]` -> `module`, `shop` with `["e.u"]`, `aws_iam_role`, `a` with `[0]` */
export function stepsOf(address: string): Step[] {
  const steps: Step[] = [];
  STEP.lastIndex = 0;
  for (let match = STEP.exec(address); match !== null; match = STEP.lastIndex < address.length ? STEP.exec(address) : null) {
    const [, name = '', key = ''] = match;
    steps.push({ name, key, text: name + key });
  }
  STEP.lastIndex = 0;
  return steps;
}

/** What stands behind the first steps: `.arn` of `var.table.arn` behind two. */
export function tail(reference: string, steps: number): string {
  return stepsOf(reference)
    .slice(steps)
    .map(({ text }) => `.${text}`)
    .join('');
}

/** Terraform lists `a.b.c` and then its beginnings, `a.b`; only the first says all. */
export function mostSpecific(references: readonly string[]): string[] {
  const kept = new Set<string>();
  let last = '';
  for (const reference of references) {
    if (last.startsWith(reference) && /^[.[]/.test(last.slice(reference.length))) continue;
    kept.add(reference);
    last = reference;
  }
  return [...kept];
}
