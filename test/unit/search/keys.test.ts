import { describe, expect, it } from 'vitest';
import { keyVariable, readKey, requireKey, storeKey } from '../../../main/search/keys.ts';
import { retryAfterMs } from '../../../main/search/web/retries.ts';

describe('a key', () => {
  it('is from the environment first, without white space around it', () => {
    expect(keyVariable('serper')).toBe('ARFT_SERPER_KEY');
    expect(keyVariable('my-engine')).toBe('ARFT_MY_ENGINE_KEY');
    expect(readKey('serper', { ARFT_SERPER_KEY: ' abc\n' })).toEqual({ value: 'abc', source: 'environment' });
  });

  it('that is nowhere is asked for by the name of its variable', () => {
    expect(readKey('no-such-service', {})).toBeUndefined();
    expect(readKey('no-such-service', { ARFT_NO_SUCH_SERVICE_KEY: ' ' })).toBeUndefined();
    expect(() => requireKey('no-such-service', {})).toThrow(/ARFT_NO_SUCH_SERVICE_KEY.*keychain/);
  });

  // A desktop has a keychain that a test must not write to.
  it.skipIf(process.platform !== 'linux' || process.env['DBUS_SESSION_BUS_ADDRESS'] !== undefined)('cannot be kept where there is no keychain; the message does not have it', () => {
    let message = '';
    try {
      storeKey('no-such-service', 'secret-key-5');
    } catch (error) {
      message = (error as Error).message;
    }
    expect(message).toContain("the system's keychain");
    expect(message).not.toContain('secret-key-5');
  });
});

describe('Retry-After', () => {
  it.each([['3', 3000], ['0', 0], ['Wed, 21 Oct 2026 07:28:10 GMT', 10_000], ['Wed, 21 Oct 2020 07:28:00 GMT', 0], ['soon', undefined], [undefined, undefined]] as const)('%s is %s ms', (header, ms) => {
    expect(retryAfterMs(header, Date.parse('Wed, 21 Oct 2026 07:28:00 GMT'))).toBe(ms);
  });
});
