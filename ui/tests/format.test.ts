import { describe, expect, it } from 'vitest';
import { formatAddress, formatBytes, formatDate, formatMoment, formatMonth, formatNumber, formatRtRw, formatTime } from '../src/core/format';
import { formatWait, pinProblem } from '../src/features/session/pin';

describe('numbers', () => {
  it('stand with points and a comma in Indonesian, the other way round in English', () => {
    expect(formatNumber(1234.5, 'id', 1)).toBe('1.234,5');
    expect(formatNumber(1234.5, 'en', 1)).toBe('1,234.5');
    expect(formatNumber(96425, 'id')).toBe('96.425');
    expect(formatNumber(-5.36214, 'id', 5)).toBe('-5,36214');
  });

  it('of bytes use the unit that reads best', () => {
    expect(formatBytes(640, 'id')).toBe('640 B');
    expect(formatBytes(12_400, 'id')).toBe('12,4 KB');
    expect(formatBytes(3_140_000, 'en')).toBe('3.1 MB');
    expect(formatBytes(250_000_000, 'id')).toBe('250 MB');
  });
});

describe('dates', () => {
  it('stand as day, short month, year in the language', () => {
    expect(formatDate('2026-11-21', 'id')).toBe('21 Nov 2026');
    expect(formatDate('1985-08-17', 'id')).toBe('17 Agu 1985');
    expect(formatDate('1985-08-17', 'en')).toBe('17 Aug 1985');
    expect(formatMonth('2025-05-01', 'id')).toBe('Mei 2025');
  });

  it('leave the year away only in the same year', () => {
    const now = new Date(2026, 10, 21);
    const then = new Date(2026, 10, 20, 14, 5).toISOString();
    expect(formatMoment(then, 'id', now)).toBe('20 Nov 14.05');
    expect(formatMoment(new Date(2025, 0, 2, 7, 9).toISOString(), 'id', now)).toBe('2 Jan 2025 07.09');
    expect(formatTime(then, 'en')).toBe('14:05');
  });

  it('that are none are shown as they are', () => {
    expect(formatDate('kemarin', 'id')).toBe('kemarin');
  });
});

describe('RT and RW', () => {
  it('lose their zeros, and what is unknown is left out', () => {
    expect(formatRtRw('003', '001')).toBe('RT 3 / RW 1');
    expect(formatRtRw('000', '002')).toBe('RW 2');
    expect(formatRtRw('', '')).toBe('');
  });

  it('stay whole inside an address', () => {
    expect(formatAddress('Dusun Suka Maju RT 012 RW 003')).toBe('Dusun Suka Maju RT\u00a0012 RW\u00a0003');
    expect(formatAddress('Jl. Raya No. 224')).toBe('Jl. Raya No. 224');
  });
});

describe('a new PIN', () => {
  it('needs six digits', () => {
    expect(pinProblem('12345')).toBe('pinShort');
    expect(pinProblem('12a456')).toBe('pinShort');
  });

  it('is refused when it repeats or counts', () => {
    expect(pinProblem('111111')).toBe('pinWeak');
    expect(pinProblem('123456')).toBe('pinWeak');
    expect(pinProblem('987654')).toBe('pinWeak');
  });

  it('is taken otherwise', () => {
    expect(pinProblem('135790')).toBe('');
    expect(pinProblem('246810')).toBe('');
  });

  it('counts a wait down in minutes and seconds', () => {
    expect(formatWait(65)).toBe('1:05');
    expect(formatWait(4.2)).toBe('0:05');
    expect(formatWait(-1)).toBe('0:00');
  });
});
