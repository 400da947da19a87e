import { Command } from 'commander';
import type { CommandSetup } from './command.ts';
export const plan: CommandSetup = () => new Command('plan');
