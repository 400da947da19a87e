import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { OomKills } from '../../../main/sandbox/oom-kills.ts';

const folder = mkdtempSync(path.join(os.tmpdir(), 'oom-kills-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const file = path.join(folder, 'vmstat');
const say = (text: string): void => writeFileSync(file, `nr_free_pages 12\n${text}drop_pagecache 3\n`);

test('each kill that the kernel counts is told once', () => {
  say('oom_kill 4\n');
  const kills = new OomKills(file);
  expect(kills.happened()).toBe(false);
  say('oom_kill 5\n');
  expect([kills.happened(), kills.happened()]).toEqual([true, false]);
  say('oom_kill 12\n');
  expect([kills.happened(), kills.happened()]).toEqual([true, false]);
});

test('where nothing is counted it may always have been that', () => {
  say('oom_kill_of_another_name 5\n');
  const kills = new OomKills(file);
  expect([kills.happened(), kills.happened()]).toEqual([true, true]);
  expect(new OomKills(path.join(folder, 'nowhere')).happened()).toBe(true);
});
