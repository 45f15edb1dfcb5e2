export default { stories: ['../*.stories.js'], framework: '@storybook/html-vite' };
