export const frame = {
  nav: { label: 'Parts of the app', home: 'Start', datasets: 'Datasets', annotate: 'Annotate', train: 'Train', rollouts: 'Rollouts', evaluate: 'Evaluate', playground: 'Playground', models: 'Models', settings: 'Settings', collapse: 'Fold the list', expand: 'Unfold the list' },
  place: { new: 'New', import: 'Import', compare: 'Comparison' },
  find: 'Find…',
  palette: { title: 'Go to, or do', nothing: 'Nothing has this name', goTo: 'Go to', actions: 'Actions', newRun: 'New run', importDataset: 'Import a dataset', newEvaluation: 'New evaluation', demo: 'Open the demo', runs: 'Runs', datasets: 'Datasets', evaluations: 'Evaluations', light: 'Light colours', dark: 'Dark colours', auto: 'Colours as the system has them', shortcuts: 'Keys' },
  shortcuts: { title: 'Keys', find: 'Find a page or an action', help: 'This list', go: 'Go to {{page}}', close: 'Close', general: 'Everywhere', back: 'Back' },
  status: { memory: '{{used}} of {{total}} memory used', disk: '{{free}} of disk free', offline: 'offline: nothing leaves this machine', online: 'the agent may search the web', sandbox: 'code sandbox {{tier}}', noSandbox: 'code tool off', looking: 'looking at the machine…' },
  chip: { step: 'step {{step}} of {{steps}}', reward: 'reward {{reward}}', left: '{{time}} left', stop: 'Stop', stopTitle: 'Stop {{run}}?', stopText: 'It ends after the present step and writes a checkpoint. You can resume it at any time.', confirm: 'Stop after this step', cancel: 'Go on' },
  slept: 'Nothing ran here for {{time}}: the machine slept, or the program was held. What was at work goes on where it was; a run that ended meanwhile can be resumed.',
  connection: { connecting: 'Connecting to the engine…', lost: 'The engine has ended. It is being started again; runs go on in processes of their own, and what was under way here can be resumed.', gone: 'The app is not running any more. Start arft serve again and open its address.', goneWindow: 'The engine does not come back. Close this window and start the app again.', refused: 'This window may not talk to the engine. Open the address that arft serve printed.' },
  fault: { title: 'This could not be done', expected: 'Expected', found: 'Found', retry: 'Try again', internal: 'A fault of this program. The engine’s log says more.', page: 'This page failed to draw', reload: 'Load the page again' },
  notFound: { title: 'There is no such page', text: 'The address leads nowhere; what it named may have had another name before.', action: 'To the start' },
  skip: 'Skip to the page',
};
