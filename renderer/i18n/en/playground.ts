export const playground = {
  empty: { title: 'Nothing asked yet', text: 'Ask about an image, and watch the agent think, search, write code and answer.' },
};
