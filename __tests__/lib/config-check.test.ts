import { TerraformStack, TerraformVariable } from 'cdktf';
import { Construct } from 'constructs';
import { ConfigCheck, show } from '../../lib/config-check';
import type { Limit } from '../../lib/policy/limits';
import { refusalOf, testApp } from '../support/synthesis';

const LIMIT: Limit = { fits: (value) => value.length <= 3, allowed: 'at most 3 characters' };
const BOUNDS = { min: 2, max: 4 };

function check(): ConfigCheck {
  return new ConfigCheck(new Construct(new TerraformStack(testApp(), 'stack'), 'thing'));
}

function terraformValues(): { text: string; number: number; list: string[] } {
  const variable = new TerraformVariable(new TerraformStack(testApp(), 'stack'), 'x', {});
  return { text: variable.stringValue, number: variable.numberValue, list: variable.listValue };
}

describe('ConfigCheck', () => {
  it('passes if nothing is wrong', () => {
    expect(() => {
      check().onlyKnown({ a: 1 }, { a: true, b: true }).fits('a', 'abc', LIMIT).within('b', 3, BOUNDS).problem(undefined).orThrow();
    }).not.toThrow();
  });

  it("fails with all problems in one error, behind the construct's path", () => {
    const error = refusalOf(() => {
      check().fits('name', 'abcd', LIMIT).within('days', 5, BOUNDS).problem('a third').orThrow();
    });
    expect(error.code).toBe('config.invalid');
    expect(error.message).toBe(
      `stack/thing: 'name' is "abcd", allowed is at most 3 characters; 'days' is 5, allowed is a whole number from 2 to 4; a third.`,
    );
  });

  it.each(['', 'abc', undefined])('fits lets %j pass', (value) => {
    expect(() => {
      check().fits('name', value, LIMIT).orThrow();
    }).not.toThrow();
  });

  it.each<[unknown, string]>([
    ['abcd', '"abcd"'],
    [5, '5'],
    [null, 'null'],
    [true, 'true'],
    [['a'], '["a"]'],
    [{ a: 1 }, 'a value of type object'],
  ])('fails where fits meets %j', (value, shown) => {
    const { message } = refusalOf(() => {
      check().fits('name', value, LIMIT).orThrow();
    });
    expect(message).toBe(`stack/thing: 'name' is ${shown}, allowed is at most 3 characters.`);
  });

  it.each([2, 3, 4, undefined])('within lets %j pass', (value) => {
    expect(() => {
      check().within('days', value, BOUNDS).orThrow();
    }).not.toThrow();
  });

  it.each<[unknown, string]>([
    [1, '1'],
    [5, '5'],
    [2.5, '2.5'],
    ['3', '"3"'],
    [null, 'null'],
  ])('fails where within meets %j', (value, shown) => {
    const { message } = refusalOf(() => {
      check().within('days', value, BOUNDS).orThrow();
    });
    expect(message).toBe(`stack/thing: 'days' is ${shown}, allowed is a whole number from 2 to 4.`);
  });

  it('does not judge what Terraform fills in', () => {
    const { text, number, list } = terraformValues();
    expect(() => {
      check()
        .fits('a', text, LIMIT)
        .fits('b', `prefix-${text}`, LIMIT)
        .fits('c', list, LIMIT)
        .within('d', number, BOUNDS)
        .orThrow();
    }).not.toThrow();
  });

  it('fails for options it does not know, inherited names among them', () => {
    const { message } = refusalOf(() => {
      check().onlyKnown({ a: 1, tabel: 2, toString: 3 }, { a: true, table: true }).orThrow();
    });
    expect(message).toBe("stack/thing: unknown option 'tabel', known are a, table; unknown option 'toString', known are a, table.");
  });

  it('lets an unknown option pass that is undefined', () => {
    expect(() => {
      check().onlyKnown({ tabel: undefined }, { table: true }).orThrow();
    }).not.toThrow();
  });

  it('fails for an option of an option it does not know, under its whole name', () => {
    const { message } = refusalOf(() => {
      check().onlyKnown({ nmae: 1 }, { name: true }, 'table.').orThrow();
    });
    expect(message).toBe("stack/thing: unknown option 'table.nmae', known are name.");
  });

  it('needs lets a value within the limit pass, and what Terraform fills in', () => {
    expect(() => {
      check().needs('a', 'abc', LIMIT).needs('b', terraformValues().text, LIMIT).orThrow();
    }).not.toThrow();
  });

  it.each<[unknown, string]>([
    [undefined, "'name' is needed: at most 3 characters"],
    [null, "'name' is null, allowed is at most 3 characters"],
    ['abcd', `'name' is "abcd", allowed is at most 3 characters`],
  ])('fails where needs meets %j', (value, said) => {
    const { message } = refusalOf(() => {
      check().needs('name', value, LIMIT).orThrow();
    });
    expect(message).toBe(`stack/thing: ${said}.`);
  });

  it.each([true, 'S', undefined])('oneOf lets %j pass', (value) => {
    expect(() => {
      check().oneOf('kind', value, [true, 'S']).oneOf('other', terraformValues().text, []).orThrow();
    }).not.toThrow();
  });

  it.each<[unknown, string]>([
    ['true', '"true"'],
    [1, '1'],
    [null, 'null'],
  ])('fails where oneOf meets %j', (value, shown) => {
    const { message } = refusalOf(() => {
      check().oneOf('kind', value, [true, 'S']).orThrow();
    });
    expect(message).toBe(`stack/thing: 'kind' is ${shown}, allowed is true or "S".`);
  });

  it('object and list let their own pass, and what was left out', () => {
    const kept = check();
    expect([kept.object('a', {}), kept.object('b', undefined)]).toEqual([true, false]);
    expect([kept.list('c', [1]), kept.list('d', undefined)]).toEqual([[1], []]);
    expect(() => {
      kept.orThrow();
    }).not.toThrow();
  });

  it.each<[unknown, string]>([
    [null, 'null'],
    ['x', '"x"'],
    [5, '5'],
    [[5], '[5]'],
  ])('fails where object meets %j', (value, shown) => {
    const { message } = refusalOf(() => {
      const kept = check();
      expect(kept.object('table', value)).toBe(false);
      kept.orThrow();
    });
    expect(message).toBe(`stack/thing: 'table' is ${shown}, allowed is an object.`);
  });

  it.each<[unknown, string]>([
    [null, 'null'],
    ['x', '"x"'],
    [5, '5'],
    [{}, 'a value of type object'],
  ])('fails where list meets %j', (value, shown) => {
    const { message } = refusalOf(() => {
      const kept = check();
      expect(kept.list('indexes', value)).toEqual([]);
      kept.orThrow();
    });
    expect(message).toBe(`stack/thing: 'indexes' is ${shown}, allowed is a list.`);
  });

  it.each([{}, { a: 1 }, { b: null }, { a: 1, b: undefined }])('atMostOne lets %j pass', (config) => {
    expect(() => {
      check().atMostOne(config, ['a', 'b']).orThrow();
    }).not.toThrow();
  });

  it.each([
    { config: { a: 1, b: 2 }, said: "'a' and 'b'" },
    { config: { a: 1, b: null, c: 3 }, said: "'a' and 'b' and 'c'" },
  ])('fails where atMostOne meets $config', ({ config, said }) => {
    const { message } = refusalOf(() => {
      check().atMostOne(config, ['a', 'b', 'c']).orThrow();
    });
    expect(message).toBe(`stack/thing: ${said} exclude each other, give one.`);
  });
});

describe('show', () => {
  it.each<[unknown, string]>([
    ['a "b"', '"a \\"b\\""'],
    [1.5, '1.5'],
    [NaN, 'NaN'],
    [-Infinity, '-Infinity'],
    [false, 'false'],
    [null, 'null'],
    [undefined, 'a value of type undefined'],
    [[1, ['a'], {}], '[1, ["a"], a value of type object]'],
    [{ secret: 'x' }, 'a value of type object'],
    [check, 'a value of type function'],
  ])('shows %j', (value, shown) => {
    expect(show(value)).toBe(shown);
  });
});
