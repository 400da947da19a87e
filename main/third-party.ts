import { existsSync, readFileSync, readdirSync, realpathSync } from 'node:fs';
import path from 'node:path';

type Description = { readonly name: string; readonly version: string; readonly license?: string; readonly dependencies?: Readonly<Record<string, string>>; readonly optionalDependencies?: Readonly<Record<string, string>> };

const described = (folder: string): Description => JSON.parse(readFileSync(path.join(folder, 'package.json'), 'utf8')) as Description;

// Node comes with the packages for scripts alone; Electron brings its own.
const isLeftOut = (name: string): boolean => name === 'node' || name.startsWith('node-bin-') || name.startsWith('node-linux-');

/** The folder of a package as another one finds it; undefined where it is optional and not for this system. */
function folderOf(name: string, from: string): string | undefined {
  for (let folder = from; ; folder = path.dirname(folder)) {
    const found = path.join(folder, 'node_modules', name);
    if (existsSync(path.join(found, 'package.json'))) return realpathSync(found);
    if (folder === path.dirname(folder)) return undefined;
  }
}

/** Folders of the packages that the app runs with, and theirs in turn. */
function runtimePackages(root: string): ReadonlySet<string> {
  const found = new Set<string>();
  const visit = (folder: string): void => {
    const { dependencies, optionalDependencies } = described(folder);
    for (const name of Object.keys({ ...dependencies, ...optionalDependencies })) {
      const place = isLeftOut(name) ? undefined : folderOf(name, folder);
      if (place === undefined || found.has(place)) continue;
      found.add(place);
      visit(place);
    }
  };
  visit(root);
  return found;
}

/** The folder of the package that a bundled module is of. */
function packageOf(module: string): string | undefined {
  const [, folder] = /^\0?(.*\/node_modules\/(?:@[^/]+\/)?[^/]+)\//.exec(module.replaceAll('\\', '/')) ?? [];
  return folder !== undefined && existsSync(path.join(folder, 'package.json')) ? realpathSync(folder) : undefined;
}

/**
 * What the app owes the packages that it carries: name, version, licence and the licence's text of each that it runs with or
 * whose modules were bundled into its pages.
 */
export function thirdPartyLicences(root: string, bundledModules: readonly string[]): string {
  const folders = new Set([...runtimePackages(root), ...bundledModules.flatMap((module) => packageOf(module) ?? [])]);
  const packages = [...folders].map((folder) => ({ folder, ...described(folder) })).toSorted((a, b) => (`${a.name} ${a.version}` < `${b.name} ${b.version}` ? -1 : 1));
  const chapters = packages.map(({ folder, name, version, license = 'see its text' }) => {
    const texts = readdirSync(folder).filter((file) => /^(licen[cs]e|copying|notice|third.?party)/i.test(file)).toSorted().map((file) => readFileSync(path.join(folder, file), 'utf8').trim());
    return [`${name} ${version}`, `Licence: ${license}`, ...texts].join('\n\n');
  });
  const common = readdirSync(path.join(root, 'resources/licences')).toSorted().map((file) => `${path.basename(file, '.txt')}\n\n${readFileSync(path.join(root, 'resources/licences', file), 'utf8').trim()}`);
  return `${['Packages that this program carries, and their licences. Texts that several refer to stand at the end.', ...chapters, ...common].join(`\n\n${'-'.repeat(80)}\n\n`)}\n`;
}
