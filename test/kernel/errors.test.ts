import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { ERROR_CODES, type ErrorCode, LeaverError, messageOf } from '../../src/kernel/errors.ts';

suite('an error', () => {
  for (const [code, { status, retryable, title }] of Object.entries(ERROR_CODES)) {
    test(`${code} says what it means for a caller`, () => {
      const error = new LeaverError(code as ErrorCode, 'Something happened.');
      assert.deepEqual([error.status, error.retryable], [status, retryable]);
      assert.ok(status >= 400 && status < 600 && title.length > 10);
      assert.ok(!retryable || status === 408 || status === 429 || status >= 500, 'a mistake of the caller does not mend itself');
    });
  }

  test('keeps what was caught, what helps, and when to come back', () => {
    const cause = new Error('the socket closed');
    const error = new LeaverError('unavailable', 'Not now.', { cause, retryAfterMs: 5_000, details: { target: 'files' } });
    assert.deepEqual([error.cause, error.retryAfterMs, error.details, error.name], [cause, 5_000, { target: 'files' }, 'LeaverError']);
  });

  test('has no cause when there was none', () => assert.ok(!('cause' in new LeaverError('internal', 'No.'))));

  test('of any kind has a message', () => {
    assert.deepEqual(
      [messageOf(new Error('no')), messageOf('no'), messageOf(undefined), messageOf(null)],
      ['no', 'no', 'undefined', 'null'],
    );
  });
});
