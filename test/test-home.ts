import os from 'node:os';
import path from 'node:path';

/** A data folder that tests share from run to run: making the private Python takes its time. */
export const testHome = process.env['ARFT_TEST_HOME'] ?? path.join(os.tmpdir(), `arft-test-home-${os.userInfo().uid}`);
