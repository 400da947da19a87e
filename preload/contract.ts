import { appContract } from './contract/app.ts';
import { runsContract } from './contract/runs.ts';

/** Everything that crosses between the engine and a window; one file for each part of the app. */
export const contract = { ...appContract, ...runsContract } as const;

export type AppContract = typeof contract;
