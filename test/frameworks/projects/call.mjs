const response = await fetch(process.env.UPSTREAM);
console.log((await response.json()).ok);
