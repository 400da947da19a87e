import type { ImageSource, Policy } from '../records/policy.ts';
import { InputError } from '../records/input-error.ts';
import { keyVariable } from '../search/keys.ts';
import { type EndpointSettings, endpointDefaults, endpointPolicy } from './endpoint.ts';
import { type Script, scriptFile, scriptedPolicy } from './scripted.ts';

/** How a policy is named on the command line and in a form. */
export type PolicyChoice = {
  /** `script:FILE`, `endpoint:URL`, `local:FOLDER`, or the name of a script that is built in. */
  readonly policy: string;
  readonly endpoint?: Partial<Omit<EndpointSettings, 'url'>>;
};

/** Scripts that are built in, by name. */
export type Scripts = Readonly<Record<string, Script>>;

/** @throws InputError for a policy that there is not. */
export function openPolicy({ policy, endpoint }: PolicyChoice, images: ImageSource, scripts: Scripts): Policy {
  const [kind, rest] = [policy.split(':')[0] as string, policy.slice(policy.indexOf(':') + 1)];
  const script = scripts[policy];
  if (script) return scriptedPolicy(policy, script);
  if (kind === 'script') return scriptedPolicy(rest, scriptFile(rest));
  if (kind === 'endpoint') return endpointPolicy({ ...endpointDefaults, ...endpoint, url: urlOf(rest), model: modelOf(endpoint?.model) }, images);
  throw new InputError({ thing: `policy ${carriesSecret(policy) ? `${kind}:…` : policy}`, expected: `endpoint:URL, script:FILE, local:FOLDER or one of ${Object.keys(scripts).join(', ')}`, found: 'none of them', remedy: 'Choose one, for example endpoint:http://127.0.0.1:8000/v1.' });
}

/** Whether an address holds a name and a password, or a query, which often is a key; one that is no URL is told by its marks alone. */
export const carriesSecret = (address: string): boolean => /[@?#]/.test(address);

function urlOf(text: string): string {
  const thing = 'endpoint';
  // What is found is not repeated: messages are kept in logs.
  if (carriesSecret(text)) throw new InputError({ thing, expected: 'an address without a password and without a query', found: 'an @, ? or # in it', remedy: `Leave it out; a key belongs into the variable ${keyVariable(thing)}, or into the keychain.` });
  if (URL.canParse(text) && /^https?:$/.test(new URL(text).protocol)) return text;
  throw new InputError({ thing, expected: 'a URL up to and with its version, such as http://127.0.0.1:8000/v1', found: text, remedy: 'Correct the address.' });
}

function modelOf(model: string | undefined): string {
  if (model !== undefined && model !== '') return model;
  throw new InputError({ thing: '--model-name', expected: 'the name under which the endpoint knows its model', found: 'nothing', remedy: 'Add it; the endpoint lists its names under /models.' });
}
