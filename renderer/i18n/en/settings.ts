export const settings = {
  empty: { title: 'Settings', text: 'The data folder, providers, the sandbox, search engines and language are set here.' },
};
