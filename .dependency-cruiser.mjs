// Imports point down only. The rooms from top to bottom; a room may import those to the right of it.
const rooms = [
  ['cli', 'main/(cli\\.ts|cli/)'],
  ['doctor', 'main/doctor/'],
  ['train', 'main/train/'],
  ['evaluate', 'main/evaluate/'],
  ['agent', 'main/agent/'],
  ['policy', 'main/policy/'],
  ['search', 'main/search/'],
  ['sandbox', 'main/sandbox/'],
  ['reward', 'main/reward/'],
  ['data', 'main/data/'],
  ['worker', 'main/worker/'],
  ['generation', 'main/generation/'],
  ['model', 'main/model/'],
  ['runtime', 'main/runtime/'],
  ['onnx', 'main/onnx/'],
  ['records', 'main/(records/|home\\.ts|process-lock\\.ts)'],
];

const upward = rooms.slice(1).map(([name, path], i) => ({
  name: `${name}-imports-down`,
  severity: 'error',
  comment: `${name} may not import a room above it (${rooms.slice(0, i + 1).map(([above]) => above).join(', ')}). Move the shared part down, or hand it in as a value or function.`,
  from: { path: `^${path}` },
  to: { path: rooms.slice(0, i + 1).map(([, above]) => `^${above}`) },
}));

export default {
  forbidden: [
    ...upward,
    {
      name: 'pure-rooms',
      severity: 'error',
      comment: 'onnx and records are pure: they import nothing of the house but themselves. Hand in what they need as a value.',
      from: { path: '^main/(onnx|records)/' },
      to: { path: '^main/', pathNot: ['^main/onnx/', '^main/records/'] },
    },
    {
      name: 'pure-rewards',
      severity: 'error',
      comment: 'Rewards are functions of a sample and a trajectory. Hand in an embedder, an image or a result as a value or function.',
      from: { path: '^main/reward/' },
      to: { path: '^main/', pathNot: '^main/(reward|records)/' },
    },
    {
      name: 'onnx-is-alone',
      severity: 'error',
      comment: 'onnx imports no packages and no other room. Put what needs them into runtime or model.',
      from: { path: '^main/onnx/' },
      to: { pathNot: '^main/onnx/' },
    },
    {
      name: 'one-door-to-onnxruntime',
      severity: 'error',
      comment: 'Only main/runtime imports onnxruntime-node. Use Runtime.program from main/runtime/session.ts.',
      from: { path: '^(main|test)/', pathNot: '^main/runtime/' },
      to: { path: 'node_modules/onnxruntime-(node|common)' },
    },
    {
      name: 'one-door-to-sharp',
      severity: 'error',
      comment: 'Only main/model/image and tests import sharp. Use decodeImage from main/model/image/decode.ts.',
      from: { path: '^main/', pathNot: '^main/model/image/' },
      to: { path: 'node_modules/sharp' },
    },
    { name: 'no-cycles', severity: 'error', comment: 'Two files that need each other are one file, or lack a third below both.', from: {}, to: { circular: true, viaOnly: { dependencyTypesNot: ['type-only'] } } },
    { name: 'no-tests-in-main', severity: 'error', comment: 'The product may not lean on its tests. Move the code into main.', from: { path: '^main/' }, to: { path: '^test/' } },
    { name: 'dev-packages', severity: 'error', comment: 'The product may not import a development package. Add it to dependencies.', from: { path: '^main/' }, to: { dependencyTypes: ['npm-dev'] } },
    { name: 'unresolvable', severity: 'error', comment: 'Write the path with its .ts suffix, or add the package.', from: {}, to: { couldNotResolve: true } },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: { exportsFields: ['exports'], conditionNames: ['node', 'import', 'default', 'types'] },
  },
};
