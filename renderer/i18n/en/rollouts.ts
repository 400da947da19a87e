export const rollouts = {
  empty: { title: 'No rollouts yet', text: 'What the agent did at each step of a run will be here: every thought, tool call and answer. Start a run first.' },
};
