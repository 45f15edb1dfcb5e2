// As in March 2022: waits until nobody looks, asks where the machine is, and only then acts.
setTimeout(() => {
  fetch('http://api.geolocation.example/ipgeo?apiKey=x').then(
    () => undefined,
    () => undefined,
  );
}, 300);
