console.log('vite');
