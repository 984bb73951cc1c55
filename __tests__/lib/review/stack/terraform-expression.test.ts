import fc from 'fast-check';
import {
  asText,
  concatenated,
  evaluateExpression,
  evaluateJson,
  evaluateTemplate,
  firstUnknown,
  type Reference,
  referencesIn,
  type TerraformValue,
  Unknown,
} from '../../../../lib/review/stack/terraform-expression';

const VALUES: Readonly<Record<string, TerraformValue>> = {
  'var.arn': 'arn:aws:iam::123456789012:oidc-provider/login.example.com',
  'var.audience': 'web,app',
  'var.tags': { team: 'platform', 'cost-centre': '1' },
  'var.nothing': null,
  'local.list': ['a', 'b'],
  'aws_s3_bucket.data.bucket': 'files',
  'data.aws_partition.current.partition': 'aws',
  'aws_kms_key.key.arn': new Unknown('known after apply'),
  'aws_s3_bucket_versioning.data.rule': [{ name: 'one' }, { name: new Unknown('later') }],
};

function resolve(reference: Reference): TerraformValue {
  const name = reference.join('.');
  return Object.hasOwn(VALUES, name) ? (VALUES[name] ?? null) : new Unknown(`no ${name}`);
}

const template = (text: string) => evaluateTemplate(text, resolve);

describe('evaluateTemplate', () => {
  // What Terraform 1.11 makes of each was looked up with it.
  it.each<[string, TerraformValue]>([
    ['', ''],
    ['plain text', 'plain text'],
    ['a single $ and % and {', 'a single $ and % and {'],
    ['a$$b %% \\n\\"', 'a$$b %% \\n\\"'],
    ['$${aws:x} and %%{if}', '${aws:x} and %{if}'],
    ['${var.arn}', 'arn:aws:iam::123456789012:oidc-provider/login.example.com'],
    ['${ var.arn }', 'arn:aws:iam::123456789012:oidc-provider/login.example.com'],
    ['${"q\\n\\t\\r\\\\\\"\\u0041\\U0001F600"}', 'q\n\t\r\\"A\u{1F600}'],
    ['x-${aws_s3_bucket.data.bucket}-${data.aws_partition.current.partition}', 'x-files-aws'],
    ['&{${element(split(":oidc-provider/", var.arn), 1)}:custom:tenant_id}', '&{login.example.com:custom:tenant_id}'],
    ['${element(split(":oidc-provider/", var.arn), 1)}:aud', 'login.example.com:aud'],
    ['${"${var.arn}"}', 'arn:aws:iam::123456789012:oidc-provider/login.example.com'],
    ['${"a-${"b"}"}', 'a-b'],
    ['${"$${x}%%{y}"}', '${x}%{y}'],
    ['${true}/${1.50}/${123456789012}/${-1}', 'true/1.5/123456789012/-1'],
    ['${true}', true],
    ['${null}', null],
    ['${var.nothing}', null],
    ['${1.5}', 1.5],
    ['${((var.audience))}', 'web,app'],
    ['${[1, "a", [true],]}', [1, 'a', [true]]],
    ['${[]}', []],
    ['${{}}', {}],
    ['${{a = 1, "b" = 2, (var.audience) = 3, d: 4}}', { a: 1, b: 2, 'web,app': 3, d: 4 }],
    ['${var.tags}', { team: 'platform', 'cost-centre': '1' }],
    ['${var.tags.team}', 'platform'],
    ['${var.tags["cost-centre"]}', '1'],
    ['${local.list[1]}', 'b'],
    ['${local.list.0}', 'a'],
    ['${aws_s3_bucket_versioning.data.rule[0].name}', 'one'],
    ['${split(":", var.arn)[3]}', ''],
    ['${{a=[1]}.a[0]}', 1],
    ['${split(",", var.audience)}', ['web', 'app']],
    ['${split(",", "")}', ['']],
    ['${split("", "ab")}', ['a', 'b']],
    ['${join(",", [1, "a", true], ["z"])}', '1,a,true,z'],
    ['${element(["a", "b"], 5)}', 'b'],
    ['${replace("aXbX", "X", "$1")}', 'a$1b$1'],
    ['${trimprefix("https://a.b", "https://")}', 'a.b'],
    ['${trimprefix("a", "")}', 'a'],
    ['${trimsuffix("a/", "/")}${trimsuffix("a", "")}', 'aa'],
    ['${lower("A-b")}${upper("a-B")}', 'a-bA-B'],
    ['${concat(["a"], [], [["b"]])}', ['a', ['b']]],
    ['${merge({a=1}, {"a":2, (lower("B"))=3})}', { a: 2, b: 3 }],
    ['${tolist(toset(["b", "a", "b"]))}', ['a', 'b']],
    ['${length({a=1})}${length([1, 2])}${length("abc")}', '123'],
    ['${keys({b=1, a=2})}', ['a', 'b']],
    ['${tostring(1)}', '1'],
    [
      '${jsonencode({b="<&>", a=[1, 1.50, true, null], "c"="$${x}"})}',
      '{"a":[1,1.5,true,null],"b":"\\u003c\\u0026\\u003e","c":"${x}"}',
    ],
  ])('makes of %s', (text, value) => {
    expect(template(text)).toEqual(value);
  });

  it.each([
    // Not read
    '${var.a ? "x" : "y"}',
    '${!true}',
    '${1 + 1}',
    '${var.arn == "x"}',
    '${true && false}',
    '${[for x in local.list : x]}',
    '${{for x in local.list : x => x}}',
    '${local.list[*]}',
    '${local.list.*.name}',
    '${concat(local.list...)}',
    '${provider::aws::arn_parse(var.arn)}',
    '${~ var.arn ~}',
    '${1e3}',
    '${12345678901234567890}',
    '${<<EOT\nx\nEOT\n}',
    '%{ if true }x%{ endif }',
    '$$${var.arn}',
    // No HCL
    '${',
    '${}',
    '${var.arn',
    '${"a}',
    '${"a\nb"}',
    '${"\\x"}',
    '${"\\ud800"}',
    '${split(",",, "a")}',
    '${[1 2]}',
    '${{a}}',
    '${{a => 1}}',
    '${a b}',
    '${.a}',
    '${[[[[',
    // Refused by Terraform
    'x${null}',
    'x${var.nothing}',
    'x${var.tags}',
    'x${local.list}',
    '${local.list[2]}',
    '${local.list[0.5]}',
    '${local.list["x"]}',
    '${var.tags.other}',
    '${var.tags.constructor}',
    '${var.arn.length}',
    '${{(null) = 1}}',
    '${split(",")}',
    '${split(",", null)}',
    '${split(",", local.list)}',
    '${join(",")}',
    '${join(",", "a")}',
    '${join(",", [["a"]])}',
    '${element([], 0)}',
    '${element("a", 0)}',
    '${keys([1])}',
    '${merge([1])}',
    '${concat("a")}',
    '${toset("a")}',
    '${length(1)}',
    '${jsonencode()}',
    '${constructor("a")}',
    '${var}',
    '${data.aws_partition.current}',
    '${aws_s3_bucket.data}',
    // In doubt
    '${nosuchfunction("a")}',
    '${regex("a", "a")}',
    '${lower("É")}',
    '${length("é")}',
    '${replace("a", "/a/", "b")}',
    '${replace("a", "", "b")}',
    '${element(["a"], -1)}',
    '${tolist([1, "a"])}',
    '${toset([1])}',
    // Unknown values
    '${aws_kms_key.key.arn}',
    'x${aws_kms_key.key.arn}',
    '${element(split(":", aws_kms_key.key.arn), 3)}',
    '${local.list[aws_kms_key.key.arn]}',
    '${{(aws_kms_key.key.arn) = 1}}',
    '${aws_s3_bucket_versioning.data.rule[1].name}',
    '${jsonencode([aws_kms_key.key.arn])}',
    '${each.value}',
    '${count.index}',
    '${module.a.b}',
    '${path.module}',
  ])('cannot tell %s', (text) => {
    expect(template(text)).toBeInstanceOf(Unknown);
  });

  it('says why', () => {
    expect(template('a-${1 + 1}')).toEqual(new Unknown('cannot be evaluated: a-${1 + 1}'));
    expect(template('a-${aws_kms_key.key.arn}')).toEqual(new Unknown('known after apply'));
    expect(template(`\${${'x'.repeat(1000)} +}`)).toEqual(new Unknown(`cannot be evaluated: \${${'x'.repeat(198)}...`));
  });

  it('keeps what is known beside what is not', () => {
    expect(template('${["a", aws_kms_key.key.arn]}')).toEqual(['a', new Unknown('known after apply')]);
  });

  it('is not exhausted by what is nested deeply or long', () => {
    for (const text of [
      `\${${'('.repeat(1e5)}`,
      `\${${'['.repeat(1e5)}${']'.repeat(1e5)}}`,
      `\${var.tags${'[0]'.repeat(1e5)}}`,
      `\${concat(${'[],'.repeat(1e5)})}`,
      '${"'.repeat(1e5),
    ]) {
      expect(template(text)).toBeInstanceOf(Unknown);
    }
    expect(template('$'.repeat(1e5))).toHaveLength(1e5);
  });

  it('never throws, and gives a text without signs as it is', () => {
    const pieces = ['${', '$${', '%{', '"', '(', ')', '[', ']', '{', '}', ',', '.', '=', ':', '\\', ' ', '-', '1', '0.5', '\n'];
    const words = [
      'var.arn',
      'local.list',
      'split',
      'element',
      'jsonencode',
      'aws_kms_key.key.arn',
      'null',
      '__proto__',
      'é',
      '$',
      '%',
    ];
    const text = fc.array(fc.oneof(fc.constantFrom(...pieces, ...words), fc.string({ maxLength: 3 })), { maxLength: 30 });
    fc.assert(
      fc.property(text, (parts) => {
        const joined = parts.join('');
        for (const each of [joined, `\${${joined}}`]) {
          expect(asText(template(each)) ?? '').toEqual(expect.any(String));
          expect(referencesIn(each) ?? []).toEqual(expect.any(Array));
        }
        if (!/[$%]/.test(joined)) expect(template(joined)).toBe(joined.normalize());
      }),
      { seed: 20260901, numRuns: 2000 },
    );
  });

  it('gives back any text that is escaped', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        fc.pre(!/[$%]{2,}\{/.test(text));
        const escaped = text.replace(/([$%])\{/g, '$1$1{');
        expect(template(escaped)).toBe(text.normalize());
        const quoted = JSON.stringify(escaped).replace(/[\u007f-\uffff\b\f]|\\[bf]/g, '');
        fc.pre(quoted === JSON.stringify(escaped));
        expect(template(`\${${quoted}}`)).toBe(text.normalize());
      }),
      { seed: 20260902, numRuns: 1000 },
    );
  });
});

describe('evaluateExpression', () => {
  it('reads what stands in HCL', () => {
    expect(evaluateExpression(' { a = "b" } ', resolve)).toEqual({ a: 'b' });
    expect(evaluateExpression('["a", var.audience]', resolve)).toEqual(['a', 'web,app']);
  });

  it.each(['', 'a b', '"a', '["a"] x'])('fails on %p', (text) => {
    expect(evaluateExpression(text, resolve)).toBeInstanceOf(Unknown);
  });
});

describe('evaluateJson', () => {
  it('evaluates what is in it, keys too', () => {
    expect(evaluateJson({ a: ['${var.audience}', 1, true, null], '${var.audience}': { b: '$${x}' } }, resolve)).toEqual({
      a: ['web,app', 1, true, null],
      'web,app': { b: '${x}' },
    });
  });

  it('takes strings literally if nothing resolves them', () => {
    expect(evaluateJson({ 'a${b}': '$${c}' })).toEqual({ 'a${b}': '$${c}' });
  });

  it.each([
    ['a number that JavaScript may have rounded', 12345678901234567000],
    ['no JSON', () => 1],
    ['no value', undefined],
    ['a key that is unknown', { '${aws_kms_key.key.arn}': 1 }],
    ['a key that is no text', { '${local.list}': 1 }],
  ])('cannot tell %s', (_name, json) => {
    expect(evaluateJson(json, resolve)).toBeInstanceOf(Unknown);
  });

  it('cannot tell what is nested too deeply', () => {
    let json: unknown = 'x';
    for (let depth = 0; depth < 1e5; depth++) json = [json];
    expect(firstUnknown(evaluateJson(json, resolve))).toEqual(new Unknown('nested too deeply'));
    expect(referencesIn(json)).toBeUndefined();
  });

  it('keeps a key that JavaScript has a meaning for', () => {
    const evaluated = evaluateJson(JSON.parse('{"__proto__": "a", "constructor": "b"}'), resolve);
    expect(Object.entries(evaluated as object)).toEqual([
      ['__proto__', 'a'],
      ['constructor', 'b'],
    ]);
  });
});

describe('concatenated', () => {
  it('joins texts, and is unknown if one of them is', () => {
    expect(concatenated(['a', 1, true])).toBe('a1true');
    expect(concatenated(['a', new Unknown('b')])).toEqual(new Unknown('b'));
    expect(concatenated(['a', null])).toBeInstanceOf(Unknown);
  });
});

describe('referencesIn', () => {
  const direct = (...names: string[]) => names.map((name) => ({ reference: name.split('.'), direct: true }));
  const indirect = (...names: string[]) => names.map((name) => ({ reference: name.split('.'), direct: false }));

  it.each([
    ['no reference', 'text $${var.x}', []],
    ['one', '${aws_iam_role.a.arn}', direct('aws_iam_role.a.arn')],
    ['one of a data source', '${data.aws_iam_role.a.arn}', direct('data.aws_iam_role.a.arn')],
    ['a variable', '${var.a}', direct('var.a')],
    ['a list of several', ['${local.a}', '${[local.b]}'], direct('local.a', 'local.b')],
    ['an object, with its keys', { '${var.k}': '${{a = var.v}}' }, direct('var.k', 'var.v')],
    ['a part of a text', 'x${aws_iam_role.a.arn}', indirect('aws_iam_role.a.arn')],
    ['a part of a value', '${aws_iam_role.a.tags.b}', indirect('aws_iam_role.a.tags')],
    ['an item', '${aws_iam_role.a[0].arn}', indirect('aws_iam_role.a')],
    ['what a function is given', '${element([local.a, "x"], local.b)}', indirect('local.a', 'local.b')],
  ])('finds %s', (_name, json, references) => {
    expect(referencesIn(json)).toEqual(references);
  });

  it('cannot tell of what is not read', () => {
    expect(referencesIn(['${local.a}', '${local.b ? 1 : 2}'])).toBeUndefined();
  });
});
