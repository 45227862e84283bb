import { describe, expect, it } from 'vitest';
import {
  caretAfterDigits,
  formatPosition,
  formatTypedDate,
  groupId,
  groupMasked,
  noneOf,
  parsePosition,
  parseTypedDate,
  parseTypedNumber,
  readNumber,
  switchCode,
  typedFromIso,
} from '../src/core/typing';

describe('a NIK of which only the ends are shown', () => {
  it('stands in the same groups, and what is no whole number stays as it is', () => {
    expect(groupMasked('180901••••••0001')).toBe('1809 01•• •••• 0001');
    expect(groupMasked('180901******0001')).toBe('1809 01** **** 0001');
    expect(['Sukaraja', '****', '1809 01•• •••• 0001', ''].map(groupMasked)).toEqual(['Sukaraja', '****', '1809 01•• •••• 0001', '']);
  });
});

describe('a NIK being typed', () => {
  it('stands in groups of four while it grows', () => {
    expect(groupId('1809')).toBe('1809');
    expect(groupId('18090')).toBe('1809 0');
    expect(groupId('1809015708850001')).toBe('1809 0157 0885 0001');
  });

  it('drops everything that is no digit, and digits beyond the sixteenth', () => {
    expect(groupId('1809.0157-0885 0001 99')).toBe('1809 0157 0885 0001');
  });

  it('keeps the caret behind the same digit when a digit is put in the middle', () => {
    expect(caretAfterDigits('1809 0157', 4)).toBe(4);
    expect(caretAfterDigits('1809 0157', 5)).toBe(6);
    expect(caretAfterDigits('1809', 0)).toBe(0);
    expect(caretAfterDigits('1809', 9)).toBe(4);
  });
});

describe('a date being typed', () => {
  it('grows separators by itself from ddmmyyyy', () => {
    expect(formatTypedDate('1')).toBe('1');
    expect(formatTypedDate('1708')).toBe('17/08');
    expect(formatTypedDate('17081985')).toBe('17/08/1985');
    expect(formatTypedDate('170819859')).toBe('17/08/1985');
  });

  it('fills in the zero when a separator is typed after one digit', () => {
    expect(formatTypedDate('1/2/1985')).toBe('01/02/1985');
    expect(formatTypedDate('17-8-1985')).toBe('17/08/1985');
    expect(formatTypedDate('8.2025', 'month')).toBe('08/2025');
  });

  it('does not change when it is formatted again', () => {
    for (const text of ['17/08/1985', '17/08', '17/0', '1']) expect(formatTypedDate(text)).toBe(text);
  });

  it('becomes the stored form only when it is whole and in the calendar', () => {
    expect(parseTypedDate('17/08/1985')).toEqual({ state: 'whole', value: '1985-08-17' });
    expect(parseTypedDate('29/02/2024')).toEqual({ state: 'whole', value: '2024-02-29' });
    expect(parseTypedDate('29/02/2023').state).toBe('impossible');
    expect(parseTypedDate('31/04/2020').state).toBe('impossible');
    expect(parseTypedDate('00/13/0000').state).toBe('impossible');
    expect(parseTypedDate('17/08/19').state).toBe('partial');
    expect(parseTypedDate('').state).toBe('empty');
  });

  it('knows months and years alone', () => {
    expect(parseTypedDate('08/2025', 'month')).toEqual({ state: 'whole', value: '2025-08-01' });
    expect(parseTypedDate('1985', 'year')).toEqual({ state: 'whole', value: '1985-01-01' });
    expect(parseTypedDate('13/2025', 'month').state).toBe('impossible');
  });

  it('comes back from the stored form as it was typed', () => {
    expect(typedFromIso('1985-08-17')).toBe('17/08/1985');
    expect(typedFromIso('2025-08-01', 'month')).toBe('08/2025');
    expect(typedFromIso('')).toBe('');
  });
});

describe('a number being typed', () => {
  const value = (text: string, language: 'id' | 'en' = 'id', decimal = true) => {
    const typed = parseTypedNumber(text, language, decimal);
    return typed.state === 'whole' ? typed.value : typed.state;
  };

  it('takes the Indonesian comma and the grouping point', () => {
    expect(value('36,5')).toBe('36.5');
    expect(value('1.250')).toBe('1250');
    expect(value('1.250.000,75')).toBe('1250000.75');
  });

  it('takes a point that cannot be a group as the decimal mark', () => {
    expect(value('36.5')).toBe('36.5');
    expect(value('-5.3621')).toBe('-5.3621');
  });

  it('reads English the other way round', () => {
    expect(value('1,250.5', 'en')).toBe('1250.5');
    expect(value('1,250', 'en')).toBe('1250');
  });

  it('refuses what is no number instead of guessing', () => {
    expect(value('12,,5')).toBe('wrong');
    expect(value('dua')).toBe('wrong');
    expect(value('12,5', 'id', false)).toBe('wrong');
  });

  it('drops leading zeros and knows that empty is empty', () => {
    expect(value('007')).toBe('7');
    expect(value('0')).toBe('0');
    expect(value('  ')).toBe('empty');
  });

  it('shows large numbers grouped, to be checked', () => {
    expect(readNumber('1250000', 'id')).toBe('1.250.000');
    expect(readNumber('36', 'id')).toBe('');
  });
});

describe('several answers to one question', () => {
  const order = ['0', '1', '2', '4'];

  it('are joined in the order of the list', () => {
    expect(switchCode('4', '1', order)).toBe('1 4');
    expect(switchCode('1 4', '1', order)).toBe('4');
  });

  it('are cleared by "none", and clear it', () => {
    expect(switchCode('1 4', '0', order, '0')).toBe('0');
    expect(switchCode('0', '2', order, '0')).toBe('2');
  });

  it('take code 0 for "none" only where its words say so', () => {
    expect(noneOf([{ value: '0', label: 'Tidak memiliki' }, { value: '1', label: 'Ada' }])).toBe('0');
    expect(noneOf([{ value: '0', label: 'Nol rupiah' }, { value: '1', label: 'Tidak tahu' }])).toBeNull();
    expect(switchCode('1', '0', order)).toBe('0 1');
  });
});

describe('a position', () => {
  it('is written as latitude, longitude, altitude, accuracy and read back', () => {
    const value = formatPosition(-5.3621, 105.0844, 0, 8.25);
    expect(value).toBe('-5.362100 105.084400 0.0 8.3');
    expect(parsePosition(value)).toEqual({ lat: -5.3621, lon: 105.0844, accuracy: 8.3 });
  });

  it('is refused outside the globe', () => {
    expect(parsePosition('95 105 0 5')).toBeNull();
    expect(parsePosition('')).toBeNull();
  });
});
