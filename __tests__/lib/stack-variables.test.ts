import { TerraformOutput, TerraformStack } from 'cdktf';
import { LIMITS } from '../../lib/policy/limits';
import {
  audienceVariable,
  identityProviderArnVariable,
  namePrefixVariable,
  regionVariable,
  tagsVariable,
} from '../../lib/stack-variables';
import { type Block, synthesise, testApp } from '../support/synthesis';

const ACCOUNT = '123456789012';
const x = (length: number) => 'x'.repeat(length);

/** The variable that a function makes, and what the value it returns is written as. */
function made(name: string, make: (stack: TerraformStack) => unknown): { readonly variable: Block; readonly value: unknown } {
  const stack = new TerraformStack(testApp(), 'stack');
  new TerraformOutput(stack, 'value', { value: make(stack), staticId: true });
  const { variable, output } = synthesise(stack);
  return { variable: variable[name] ?? {}, value: output['value']?.['value'] };
}

function validationOf(variable: Block): { readonly condition: string; readonly error_message: string } {
  const [validation, ...others] = variable['validation'] as { condition: string; error_message: string }[];
  if (validation === undefined || others.length > 0) throw new Error('one validation was expected');
  return validation;
}

/** The regular expression of a validation. The patterns mean the same to RE2 and to JavaScript. */
function patternOf(variable: Block): RegExp {
  const quoted = /regex\(("(?:[^"\\]|\\.)*")/.exec(validationOf(variable).condition)?.[1] ?? '""';
  return new RegExp(JSON.parse(quoted) as string);
}

const VARIABLES = [
  {
    name: 'region',
    make: regionVariable,
    definition: { type: 'string', default: null, nullable: true },
    value: '${var.region}',
    fitting: ['eu-central-1', 'us-gov-west-1', 'ap-southeast-12'],
    refused: ['', 'eu', 'eu-central', 'EU-CENTRAL-1', 'eu-central-1a', 'eu central 1'],
  },
  {
    name: 'name_prefix',
    make: (stack: TerraformStack) => namePrefixVariable(stack, 'app'),
    definition: { type: 'string', default: 'app', nullable: false },
    value: '${var.name_prefix}',
    fitting: ['ab', 'my-app', x(28)],
    refused: ['', 'a', x(29), '1a', 'a-', 'Ab', 'a_b'],
  },
  {
    name: 'identity_provider_arn',
    make: identityProviderArnVariable,
    definition: { type: 'string', nullable: false },
    value: '${var.identity_provider_arn}',
    fitting: [`arn:aws:iam::${ACCOUNT}:oidc-provider/login.example.com`, `arn:aws-cn:iam::${ACCOUNT}:oidc-provider/a.b/c`],
    refused: [
      '',
      'login.example.com',
      'https://login.example.com',
      `arn:aws:cognito-idp:eu-central-1:${ACCOUNT}:userpool/eu-central-1_a1B2`,
      `arn:aws:iam::${ACCOUNT}:role/x`,
      `arn:aws:iam::${ACCOUNT}:oidc-provider/`,
      `arn:aws:iam::${ACCOUNT}:oidc-provider/*`,
      `arn:aws:iam::${ACCOUNT}:oidc-provider/a b`,
      'arn:aws:iam::1:oidc-provider/a',
    ],
  },
  {
    name: 'audience',
    make: audienceVariable,
    definition: { type: 'string', nullable: false },
    value: '${split(",", var.audience)}',
    fitting: ['web', 'web,mobile', x(255), `${x(255)},${x(255)}`],
    refused: ['', ',', 'web,', ',web', 'web, mobile', 'a*', 'a?', x(256), `web,${x(256)}`],
  },
];

describe.each(VARIABLES)('variable $name', ({ name, make, definition, value, fitting, refused }) => {
  const { variable, value: written } = made(name, make);

  it('is defined with description, type and default', () => {
    const { description, validation, ...rest } = variable;
    expect(rest).toEqual(definition);
    expect(description).toMatch(/^[A-Z].+\.$/);
    expect(validation).toHaveLength(1);
  });

  it(`gives ${value}`, () => {
    expect(written).toBe(value);
  });

  it('has an error message that names it and ends as Terraform wants', () => {
    expect(validationOf(variable).error_message).toMatch(new RegExp(`^${name} must .+\\.$`));
  });

  it('checks the variable itself', () => {
    expect(validationOf(variable).condition).toContain(`, var.${name})`);
  });

  it.each(fitting)('fits %j', (text) => {
    expect(patternOf(variable).test(text)).toBe(true);
  });

  it.each(refused)('fails for %j', (text) => {
    expect(patternOf(variable).test(text)).toBe(false);
  });
});

describe('the patterns of variables', () => {
  it.each([
    { name: 'region', make: regionVariable, limit: LIMITS.region },
    { name: 'name_prefix', make: (stack: TerraformStack) => namePrefixVariable(stack, 'app'), limit: LIMITS.namePrefix },
    { name: 'audience', make: audienceVariable, limit: LIMITS.audience },
  ])('judge as the configuration does: $name', ({ name, make, limit }) => {
    const pattern = patternOf(made(name, make).variable);
    const samples = VARIABLES.flatMap(({ fitting, refused }) => [...fitting, ...refused]).filter((text) => !text.includes(','));
    expect(samples.filter((text) => pattern.test(text) !== limit.fits(text))).toEqual([]);
  });

  it('let the region be null', () => {
    expect(validationOf(made('region', regionVariable).variable).condition).toMatch(
      /^\$\{\(\(var\.region == null\) \|\| can\(regex\(/,
    );
  });
});

describe('variable tags', () => {
  const { variable, value } = made('tags', (stack) => tagsVariable(stack, ['Org', 'permissions']));

  it('is a map, empty by default', () => {
    expect(variable).toMatchObject({ type: 'map(string)', default: {}, nullable: false });
    expect(variable['description']).toContain('Not Org and permissions:');
    expect(value).toBe('${var.tags}');
  });

  it('fails for the keys of session tags in any case', () => {
    expect(variable['validation']).toEqual(
      [
        ['Org', 'org'],
        ['permissions', 'permissions'],
      ].map(([key, lower]) => ({
        condition: `\${!contains(split(",", lower(join(",", keys(var.tags)))), "${lower}")}`,
        error_message: `tags must not contain ${key}, which is a session tag.`,
      })),
    );
  });
});
