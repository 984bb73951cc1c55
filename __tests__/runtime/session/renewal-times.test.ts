import { backOffMilliseconds, renewalTime } from 'multi-tenant-data-access/session/renewal-times';

const NOW = Date.UTC(2026, 5, 1);
const MINUTE = 60_000;

const renewsAfter = (milliseconds: number) => renewalTime(new Date(NOW + milliseconds), NOW) - NOW;

afterEach(() => {
  jest.restoreAllMocks();
});

describe('renewalTime', () => {
  it.each([
    [60 * MINUTE, 50 * MINUTE, 55 * MINUTE],
    [12 * 60 * MINUTE, 710 * MINUTE, 715 * MINUTE],
    [15 * MINUTE, 8.5 * MINUTE, 10 * MINUTE],
    [3000, 1700, 2000],
    [0, 0, 0],
    [-MINUTE, -MINUTE, -MINUTE],
  ])('of credentials that live %d ms is from %d to %d ms', (lives, earliest, latest) => {
    const random = jest.spyOn(Math, 'random');
    random.mockReturnValue(1);
    expect(renewsAfter(lives)).toBeCloseTo(earliest);
    random.mockReturnValue(0);
    expect(renewsAfter(lives)).toBeCloseTo(latest);
  });

  it('is spread, so that sessions made together do not renew together', () => {
    const minutes = Array.from({ length: 1000 }, () => Math.floor(renewsAfter(60 * MINUTE) / MINUTE));
    expect([...new Set(minutes)].sort()).toEqual([50, 51, 52, 53, 54]);
  });
});

describe('backOffMilliseconds', () => {
  it.each([
    [0, 500, 1000],
    [1, 1000, 2000],
    [5, 16_000, 32_000],
    [6, 30_000, 60_000],
    [7, 30_000, 60_000],
    [2000, 30_000, 60_000],
  ])('after %d failures before is from %d to %d', (failures, shortest, longest) => {
    const random = jest.spyOn(Math, 'random');
    random.mockReturnValue(1);
    expect(backOffMilliseconds(failures)).toBe(shortest);
    random.mockReturnValue(0);
    expect(backOffMilliseconds(failures)).toBe(longest);
  });
});
