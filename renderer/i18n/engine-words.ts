import { EngineError } from '../../preload/rpc/connect.ts';

/** What is wrong with a thing, as the engine says it. */
export type Fault = { readonly thing: string; readonly expected: string; readonly found: string; readonly remedy: string };

/** The engine speaks English; this says the same in another language, and what it does not know as it came. */
export type EngineLanguage = { readonly sentence: (text: string) => string; readonly fault: (fault: Fault) => Fault; readonly whole: (fault: Fault) => string };

let spoken: EngineLanguage | undefined;

/** Undefined: English, as the engine says it. */
export const speakOfEngine = (language: EngineLanguage | undefined): void => void (spoken = language);

/** A note, a finding, a reason of the engine. */
export const engineWords = (text: string): string => spoken?.sentence(text) ?? text;

/** The parts of a fault, each to be shown on a line of its own. */
export const engineFault = (fault: Fault): Fault => spoken?.fault(fault) ?? fault;

/** A fault in a line, where there is no room for its parts. */
export const faultWords = (fault: Fault): string => spoken?.whole(fault) ?? `${fault.thing}: ${fault.found}. ${fault.remedy}`;

/** An error in one sentence or two, wherever it comes from. */
export function errorWords(error: unknown): string {
  if (error instanceof EngineError && error.details && spoken) return spoken.whole(error.details);
  return engineWords(error instanceof Error ? error.message : String(error));
}
